import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { IconDownload, IconPlus, IconRefresh, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import type { LibraryModel } from '../../../main/shared/contract/models-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { AddPlaceDialog } from './add-place-dialog.tsx'
import { DownloadDialog } from './download-dialog.tsx'
import { DownloadsPanel } from './downloads-panel.tsx'
import styles from './library.module.css'
import { LibraryTable } from './library-table.tsx'
import { ModelDetails } from './model-details.tsx'
import { libraryActions } from './models-actions.ts'
import { useDownloads } from './use-downloads.ts'

const originFilters = [
  { value: 'all', label: 'All' },
  { value: 'runs', label: 'From runs' },
  { value: 'disk', label: 'On this machine' },
]

/** Every known model, with the facts from its files. */
export function LibraryView() {
  const library = useQuery(orpc.models.library.queryOptions({ staleTime: 0 })) // files change without notice
  const [search, setSearch] = useState('')
  const [where, setWhere] = useState('all')
  const [selected, setSelected] = useState<string | null>(null)
  const [isAdding, setAdding] = useState(false)
  const downloads = useDownloads()
  const [parameters, setParameters] = useSearchParams() // `/models?get=OWNER/NAME` opens the dialog
  const wanted = parameters.get('get')
  const ask = (name: string | null): void => setParameters(name === null ? {} : { get: name }, { replace: true })
  const filter = useRef<HTMLInputElement>(null)
  const actions = useScreenActions(libraryActions, {
    filter: { perform: () => filter.current?.focus() },
    refresh: { perform: () => void library.refetch() },
    add: { perform: () => setAdding(true) },
    download: { perform: () => ask('') },
  })
  return (
    <>
      <div className={styles.bar}>
        <TextInput
          ref={filter}
          className={styles.search}
          placeholder="Filter by name, run, architecture"
          aria-label="Filter models"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <SegmentedControl aria-label="Origin" data={originFilters} value={where} onChange={setWhere} />
        <div className={styles.spacer} />
        <Button {...actionProps(actions.refresh)} leftSection={<IconRefresh size={14} aria-hidden />} loading={library.isFetching} />
        <Button {...actionProps(actions.add)} leftSection={<IconPlus size={14} aria-hidden />} />
        <Button {...actionProps(actions.download)} leftSection={<IconDownload size={14} aria-hidden />} />
      </div>
      <DownloadsPanel {...downloads} />
      <QueryView query={library}>
        {(all) => {
          const shown = all.filter((model) => isWanted(model, where, search))
          const chosen = all.find(({ id }) => id === selected)
          return (
            <div className={styles.split} data-open={chosen !== undefined || undefined}>
              <Panel flush>
                {shown.length === 0 ? (
                  <EmptyState title="No matching models">Clear the filter, or add a folder with models.</EmptyState>
                ) : (
                  <LibraryTable models={shown} selected={selected} onSelect={(id) => setSelected(id === selected ? null : id)} />
                )}
              </Panel>
              {chosen && <ModelDetails key={chosen.id} model={chosen} onClose={() => setSelected(null)} />}
            </div>
          )
        }}
      </QueryView>
      {isAdding && <AddPlaceDialog onClose={() => setAdding(false)} />}
      {wanted !== null && <DownloadDialog name={wanted} begin={downloads.begin} onClose={() => ask(null)} />}
    </>
  )
}

function isWanted({ name, origin, architecture, precision, path }: LibraryModel, where: string, search: string): boolean {
  if (where !== 'all' && (where === 'runs') !== (origin !== null)) return false
  const words = search.toLowerCase().split(/\s+/)
  const text = [name, origin?.runName, origin?.runId, architecture, precision, path].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}
