import { Button, CopyButton, Modal, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { DataSet } from '../../../main/shared/contract/datasets-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { Facts } from '../../components/facts.tsx'
import { bytes, moment } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './data.module.css'
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
  const [isDeleting, setDeleting] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const actions = useScreenActions(setActions, {
    search: { perform: () => field.current?.focus() },
    remove: set.origin === 'imported' ? { perform: () => setDeleting(true) } : null,
  })
  const buttons = (
    <>
      <CopyButton value={set.path}>{({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy path'}</Button>}</CopyButton>
      {set.origin === 'imported' && <Button {...actionProps(actions.remove)} />}
    </>
  )
  return (
    <Page title={set.name} status={<DataTabs />} actions={buttons}>
      <SetFacts set={set} />
      <TextInput
        ref={field}
        placeholder="Search prompts and responses"
        aria-label="Search"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <RowBrowser id={set.id} search={useDeferredValue(search)} />
      {isDeleting && <DeleteDialog set={set} onClose={() => setDeleting(false)} />}
    </Page>
  )
}

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

function DeleteDialog({ set, onClose }: { readonly set: DataSet; readonly onClose: () => void }) {
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const remove = useMutation(
    orpc.data.remove.mutationOptions({
      onSuccess: async () => {
        navigate('/data')
        await queries.invalidateQueries({ queryKey: orpc.data.key() })
      },
    }),
  )
  return (
    <Modal opened onClose={onClose} title={`Delete ${set.name}?`}>
      <div className={styles.form}>
        <p style={{ margin: 0 }}>
          This deletes the imported copy with {contentText(set.counts, set.kind)} ({bytes(set.bytes)}). The original file stays, and runs
          that have already read the data keep it.
        </p>
        {remove.isError && <ErrorCard error={remove.error} />}
        <div className={styles.inline} style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button loading={remove.isPending} onClick={() => remove.mutate({ id: set.id })}>
            Delete
          </Button>
        </div>
      </div>
    </Modal>
  )
}
