import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { DataUse } from '../../main/shared/contract/datasets-contract.ts'
import type { PlaceKind } from '../../main/shared/contract/places-contract.ts'
import { client } from '../api/client.ts'
import { shownError } from '../api/errors.ts'
import { DataSetSelect } from './data-set-select.tsx'
import styles from './file-picker.module.css'
import { PlaceDialog } from './place-dialog.tsx'

interface FilePickerProps {
  readonly label: string
  /** A path on the machine where Laurel runs; empty: none. */
  readonly value: string
  /** Called on every keystroke, and when a path is chosen; a chosen path is absolute. */
  readonly onChange: (path: string) => void
  readonly kind: PlaceKind
  readonly description?: string
  readonly placeholder?: string
  /** The form's error; without one, the picker shows its own (for example: no such file). */
  readonly error?: string | null
  /** File extensions to show (".jsonl"); if omitted, all. */
  readonly endings?: readonly string[]
  /** For `save`: the suggested name of the new file. */
  readonly suggestedName?: string
  /** Initial folder while there is no value; if omitted, the home folder. */
  readonly startIn?: string
  /** Offers data sets that are good for this use, by name. */
  readonly dataUse?: DataUse
  readonly required?: boolean
  readonly disabled?: boolean
  /** Called after every check, with whether the path is usable and the absolute path. */
  readonly onChecked?: (isFine: boolean, path: string) => void
}

/**
 * A path on the machine where Laurel runs, typed or chosen from its folders. Works the same in a desktop window and in a browser on another
 * machine, where the native file dialog would show the wrong disk.
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
    void client.system.remember({ path }).catch(() => {}) // the list of recent places is only a convenience
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
      {props.dataUse !== undefined && <DataSetSelect label={label} value={value} use={props.dataUse} onChange={choose} />}
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

/** Checks the path when the field loses focus. */
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
      setNote(found.replaces ? 'A file with this name already exists and will be replaced.' : null)
      if (found.path !== path) onChange(found.path)
      onChecked?.(found.problem === null, found.path)
    } catch (thrown) {
      setProblem(shownError(thrown).message)
    }
  }
  return { problem, note, check, forget }
}
