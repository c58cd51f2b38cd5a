import { Modal, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { keyLabel } from './action.ts'
import styles from './actions.module.css'
import { type Scope, useActiveScopes, usePalette } from './active-actions.ts'
import { type Command, matchingCommands } from './commands.ts'

/** Mantine's popovers have 300. */
const overPopovers = 400

const close = (): void => usePalette.setState({ isOpen: false })

interface PaletteProps {
  /** Commands besides the open screen's actions; asked for when it opens. */
  readonly commands: readonly Command[]
  /** What Enter does with a text that no command matches. */
  readonly onSearch: (text: string) => void
}

/** The command palette: the open screen's actions, every page, and every run, found by words. Mounted once per window. */
export function Palette(props: PaletteProps) {
  const isOpen = usePalette((palette) => palette.isOpen)
  return (
    <Modal opened={isOpen} onClose={close} title="Commands" size="lg" yOffset="12vh" centered={false} zIndex={overPopovers}>
      {isOpen && <Content {...props} />}
    </Modal>
  )
}

function Content({ commands, onSearch }: PaletteProps) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const chosen = useRef<HTMLDivElement>(null)
  const scopes = useActiveScopes()
  const ofScreen = useMemo(() => screenCommands(scopes), [scopes])
  const search: Command = {
    key: 'search',
    title: `Search texts for “${text.trim()}”`,
    group: 'Search',
    perform: () => onSearch(text.trim()),
  }
  const found = [...matchingCommands([...ofScreen, ...commands], text), ...(text.trim() === '' ? [] : [search])]
  const current = Math.min(at, found.length - 1)
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another command is chosen
  useEffect(() => {
    void chosen.current?.scrollIntoView({ block: 'nearest' }) // a promise in newer browsers, which isn't a cleanup
  }, [current])
  const run = (command: Command): void => {
    close()
    setTimeout(() => command.perform()) // once the dialog has given the focus back
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setAt((current + step + found.length) % Math.max(1, found.length))
    if (event.key === 'Enter' && found[current] !== undefined) run(found[current])
    if (step !== undefined || event.key === 'Enter') event.preventDefault()
  }
  return (
    <>
      <TextInput
        aria-label="Command"
        placeholder="Go to a page or a run, or do something here"
        size="md"
        variant="unstyled"
        leftSection={<IconSearch size={16} aria-hidden />}
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={found[current] === undefined ? undefined : `${list}-${current}`}
        data-autofocus
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} role="listbox" aria-label="Commands" className={styles.commands}>
        {found.map((command, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text field handles keys
          <div
            key={command.key}
            id={`${list}-${i}`}
            ref={i === current ? chosen : undefined}
            role="option"
            aria-selected={i === current}
            tabIndex={-1}
            className={styles.command}
            onMouseMove={() => setAt(i)}
            onClick={() => run(command)}
          >
            <span className={styles.commandTitle}>{command.title}</span>
            <span className={styles.commandGroup}>{command.group}</span>
            {command.shortcut !== undefined && <kbd className={styles.key}>{keyLabel(command.shortcut)}</kbd>}
          </div>
        ))}
      </div>
    </>
  )
}

/** What the open screen can do now. */
const screenCommands = (scopes: readonly Scope[]): Command[] =>
  scopes.flatMap(({ title, actions }) =>
    actions
      .filter(({ enabled, name }) => enabled && name !== 'palette')
      .map((action) => ({
        ...{ key: `${title} ${action.name}`, title: action.title, group: title, words: action.hint, shortcut: action.keys[0] },
        perform: () => action.perform(),
      })),
  )
