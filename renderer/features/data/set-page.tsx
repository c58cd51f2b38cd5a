import { Button, CopyButton, TextInput, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { DataSet } from '../../../main/shared/contract/datasets-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { client, orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { Facts } from '../../components/facts.tsx'
import { bytes, moment } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { useRemoval } from '../../components/use-removal.ts'
import { setActions } from './data-actions.ts'
import { DataTabs } from './data-tabs.tsx'
import { RowBrowser } from './row-browser.tsx'
import { contentText, kindMeanings, kindNames, useNames } from './words.ts'

/** A data set's details and rows. */
export function SetPage({ id }: { readonly id: string }) {
  const sets = useQuery(orpc.data.list.queryOptions({ staleTime: 0 }))
  return (
    <QueryView query={sets}>
      {(all) => {
        const set = all.find((one) => one.id === id)
        if (set !== undefined) return <FoundSet set={set} />
        return (
          <Page title="Data" status={<DataTabs />}>
            <EmptyState title="Data set not found">It may have been deleted. Choose another one in the library.</EmptyState>
          </Page>
        )
      }}
    </QueryView>
  )
}

function FoundSet({ set }: { readonly set: DataSet }) {
  const [search, setSearch] = useState('')
  const [, navigate] = useLocation()
  const removal = useRemoval<{ id: string }>({
    ...{ text: `Deleted ${set.name}.`, remove: client.data.remove, undo: client.data.undoRemove, queryKey: orpc.data.key() },
    onRemoved: () => navigate('/data'),
  })
  const field = useRef<HTMLInputElement>(null)
  const actions = useScreenActions(setActions, {
    search: { perform: () => field.current?.focus() },
    remove: set.origin === 'imported' ? { enabled: !removal.isPending, perform: () => removal.mutate({ id: set.id }) } : null,
  })
  const buttons = (
    <>
      <CopyButton value={set.path}>{({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy path'}</Button>}</CopyButton>
      {set.origin === 'imported' && (
        <Tooltip label={deletes}>
          <Button {...actionProps(actions.remove)} />
        </Tooltip>
      )}
    </>
  )
  return (
    <Page title={set.name} status={<DataTabs />} actions={buttons}>
      {removal.isError && <ErrorCard error={removal.error} />}
      <SetFacts set={set} />
      <TextInput
        ref={field}
        placeholder="Search prompts and responses"
        aria-label="Search"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <RowBrowser id={set.id} search={useDeferredValue(search)} />
    </Page>
  )
}

/** What Delete does. */
const deletes =
  'Deletes the imported copy; you can undo it for ten seconds. The original file stays, and runs that have already read the data keep it.'

function SetFacts({ set }: { readonly set: DataSet }) {
  return (
    <Facts
      facts={[
        { name: 'Kind', value: kindNames[set.kind], meaning: kindMeanings[set.kind] },
        { name: 'Contents', value: contentText(set.counts, set.kind) },
        { name: 'Use in a recipe', value: set.uses.map((use) => useNames[use]).join(', ') },
        { name: 'Size', value: bytes(set.bytes) },
        { name: 'Source', value: set.source },
        ...(set.importedAt === null ? [] : [{ name: 'Imported', value: moment(set.importedAt) }]),
        { name: 'Used by', value: set.usedBy.length === 0 ? 'no runs' : set.usedBy.map(({ name, id }) => `${name} (${id})`).join(', ') },
      ]}
    />
  )
}
