import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { PlaceKind } from '../../main/api/contract/places.ts'
import { client } from '../api/client.ts'
import { shownError } from '../api/errors.ts'
import styles from './file-picker.module.css'
import { PlaceDialog } from './place-dialog.tsx'

interface FilePickerProps {
  readonly label: string
  /** A path of the machine Laurel runs on; empty: none. */
  readonly value: string
  /** Told while a path is typed, and when one is chosen: then it is absolute. */
  readonly onChange: (path: string) => void
  readonly kind: PlaceKind
  readonly description?: string
  readonly placeholder?: string
  /** What the form has against the value; the picker's own finding (no such file) stands below where there is none. */
  readonly error?: string | null
  /** File name endings to show (".jsonl"); left out: all. */
  readonly endings?: readonly string[]
  /** For `save`: the name suggested for a new file. */
  readonly suggestedName?: string
  /** Where to begin while there is no value; left out: the person's own folder. */
  readonly startIn?: string
  readonly required?: boolean
  readonly disabled?: boolean
  /** Told whether the path will do, each time it was looked at, and what it is in full. */
  readonly onChecked?: (isFine: boolean, path: string) => void
}

/**
 * A path of the machine Laurel runs on, typed or chosen from its folders. It works the same in a desktop window and in a browser on another
 * machine, where the system's own dialog would show the wrong disk.
 */
export function FilePicker(props: FilePickerProps) {
  const { label, value, onChange, kind, error, required, disabled } = props
  const [isOpen, setOpen] = useState(false)
  const { problem, note, check, forget } = useCheck(props)

  const type = (path: string): void => {
    forget()
    onChange(path)
  }
  const choose = (path: string): void => {
    setOpen(false)
    onChange(path)
    void check(path)
    void client.system.remember({ path }).catch(() => {}) // a convenience: its loss harms nobody
  }
  return (
    <>
      <TextInput
        {...{ label, value, disabled }}
        description={props.description}
        placeholder={props.placeholder}
        withAsterisk={required}
        aria-required={required}
        error={error || problem}
        onChange={(event) => type(event.currentTarget.value)}
        onBlur={() => void check(value)}
        onKeyDown={(event) => event.key === 'Enter' && void check(value)}
        classNames={{ input: styles.path, section: styles.section }}
        spellCheck={false}
        autoComplete="off"
        rightSectionWidth={72}
        rightSection={
          <Button size="compact-xs" onClick={() => setOpen(true)} disabled={disabled} aria-label={`Browse for ${label}`}>
            Browse
          </Button>
        }
      />
      {note !== null && <div className={styles.note}>{note}</div>}
      {isOpen && (
        <PlaceDialog
          title={label}
          {...{ kind }}
          endings={props.endings}
          suggestedName={props.suggestedName}
          start={value === '' ? (props.startIn ?? null) : value}
          onChoose={choose}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  )
}

/** What is wrong with the path that stands in the field, found when it is left. */
function useCheck({ kind, onChange, onChecked }: Pick<FilePickerProps, 'kind' | 'onChange' | 'onChecked'>) {
  const [problem, setProblem] = useState<string | null>(null)
  const [note, setNote] = useState<string | null>(null)
  const forget = (): void => {
    setProblem(null)
    setNote(null)
  }
  async function check(path: string): Promise<void> {
    forget()
    if (path.trim() === '') return
    try {
      const found = await client.system.lookAt({ path, kind })
      setProblem(found.problem)
      setNote(found.replaces ? 'A file of this name is there already; it will be replaced.' : null)
      if (found.path !== path) onChange(found.path)
      onChecked?.(found.problem === null, found.path)
    } catch (thrown) {
      setProblem(shownError(thrown).message)
    }
  }
  return { problem, note, check, forget }
}
