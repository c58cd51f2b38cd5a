import { ActionIcon, Button, Checkbox, Modal, TextInput, Tooltip } from '@mantine/core'
import { IconArrowUp } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useState } from 'react'
import type { PlaceEntry, PlaceKind } from '../../main/shared/contract/places-contract.ts'
import { orpc } from '../api/client.ts'
import { ErrorCard } from './error-card.tsx'
import { Loading } from './loading.tsx'
import styles from './place-dialog.module.css'
import { PlaceList, placeId } from './place-list.tsx'
import { PlaceShortcuts, PlaceTrail } from './place-trail.tsx'
import { choiceOf, isChoosable, isNamed, joined, shownEntries, startName } from './places-of-machine.ts'

interface PlaceDialogProps {
  readonly title: string
  readonly kind: PlaceKind
  readonly endings?: readonly string[]
  readonly suggestedName?: string
  readonly start: string | null
  readonly onChoose: (path: string) => void
  readonly onClose: () => void
}

/** File browser for the machine where Laurel runs. Fully usable by keyboard from the filter field. */
export function PlaceDialog({ title, kind, endings, suggestedName, start, onChoose, onClose }: PlaceDialogProps) {
  const [path, setPath] = useState(start)
  const [hidden, setHidden] = useState(false)
  const [filter, setFilter] = useState('')
  const [active, setActive] = useState<string | null>(null)
  const [name, setName] = useState(() => startName(kind, start, suggestedName))
  const listing = useQuery(
    orpc.system.browse.queryOptions({
      input: { path, hidden, nearest: path === start },
      staleTime: 0,
      gcTime: 0,
      retry: false,
      placeholderData: (before) => before,
    }),
  )
  const { data } = listing
  const entries = data === undefined ? [] : shownEntries(data.entries, { kind, filter, endings })
  const selected = entries.find((entry) => entry.name === active)
  const choice = data === undefined || listing.isError ? undefined : choiceOf(data, kind, selected, name)

  const go = (to: string): void => {
    setPath(to)
    setFilter('')
    setActive(null)
  }
  const enter = (entry: PlaceEntry): void => {
    if (data === undefined) return
    if (entry.kind === 'file' && isNamed(kind)) setName(entry.name)
    else if (isChoosable(entry, kind) && (entry.kind === 'file' || kind === 'model')) onChoose(joined(data, entry.name))
    else if (entry.kind === 'folder') go(joined(data, entry.name))
  }
  const select = (entry: PlaceEntry): void => {
    setActive(entry.name)
    if (kind === 'save' && entry.kind === 'file') setName(entry.name)
  }
  const move = (by: number): void => {
    const at = entries.findIndex((entry) => entry.name === active)
    const to = entries[Math.min(entries.length - 1, Math.max(0, at + by))]
    if (to !== undefined) setActive(to.name)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }
    if (event.key in steps) move(steps[event.key])
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) choice && onChoose(choice.path)
    else if (event.key === 'Enter') selected && enter(selected)
    else if (event.key === 'ArrowRight' && filter === '' && selected?.kind === 'folder') data && go(joined(data, selected.name))
    else if ((event.key === 'Backspace' || event.key === 'ArrowLeft') && filter === '' && data?.parent) go(data.parent)
    else return
    event.preventDefault()
  }

  return (
    <Modal opened onClose={onClose} title={title} size={800} classNames={{ body: styles.dialog }}>
      <PlaceShortcuts shortcuts={data?.shortcuts ?? []} here={data?.folder} onGo={go} />
      <div className={styles.main}>
        <div className={styles.bar}>
          <Tooltip label="Up one folder (Backspace)">
            <ActionIcon aria-label="Up one folder" disabled={!data?.parent} onClick={() => data?.parent && go(data.parent)}>
              <IconArrowUp size={16} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
          {data && <PlaceTrail listing={data} onGo={go} />}
        </div>
        <TextInput
          data-autofocus
          placeholder="Type to filter · arrow keys to move · Enter to open"
          aria-label="Filter"
          role="combobox"
          aria-expanded
          aria-controls="places"
          aria-activedescendant={selected && placeId(entries.indexOf(selected))}
          value={filter}
          onChange={(event) => {
            setFilter(event.currentTarget.value)
            setActive(null)
          }}
          onKeyDown={onKeyDown}
          autoComplete="off"
          spellCheck={false}
        />
        {listing.isError ? (
          <ErrorCard error={listing.error} onRetry={() => void listing.refetch()} />
        ) : data === undefined ? (
          <Loading />
        ) : (
          <PlaceList {...{ entries, kind, active, select, enter }} leftOut={data.leftOut} isFiltered={filter !== ''} key={data.folder} />
        )}
        {isNamed(kind) && (
          <TextInput
            label={kind === 'save' ? 'File name' : 'Folder name'}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && choice && onChoose(choice.path)}
            autoComplete="off"
            spellCheck={false}
          />
        )}
        <div className={styles.foot}>
          <Checkbox label="Hidden files" checked={hidden} onChange={(event) => setHidden(event.currentTarget.checked)} />
          <span className={styles.choice}>
            <bdi>{choice?.path}</bdi>
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Tooltip label="Ctrl+Enter">
            <Button variant="filled" disabled={choice === undefined} onClick={() => choice && onChoose(choice.path)}>
              {choice?.label ?? 'Choose'}
            </Button>
          </Tooltip>
        </div>
      </div>
    </Modal>
  )
}
