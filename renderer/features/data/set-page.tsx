import { Button, CopyButton, Modal, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import { useLocation } from 'wouter'
import type { DataSet } from '../../../main/api/contract/data.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorCard } from '../../components/error-card.tsx'
import { Facts } from '../../components/facts.tsx'
import { bytes, moment } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import styles from './data.module.css'
import { DataTabs } from './data-tabs.tsx'
import { RowBrowser } from './row-browser.tsx'
import { contentText, kindMeanings, kindNames, useNames } from './words.ts'

/** A data set: what it is, and its rows. */
export function SetPage({ id }: { readonly id: string }) {
  const sets = useQuery(orpc.data.list.queryOptions({ staleTime: 0 }))
  return (
    <QueryView query={sets}>
      {(all) => {
        const set = all.find((one) => one.id === id)
        if (set !== undefined) return <FoundSet set={set} />
        return (
          <Page title="Data" status={<DataTabs />}>
            <EmptyState title="No such data set">It may have been removed. The library shows those that there are.</EmptyState>
          </Page>
        )
      }}
    </QueryView>
  )
}

function FoundSet({ set }: { readonly set: DataSet }) {
  const [search, setSearch] = useState('')
  const [isRemoving, setRemoving] = useState(false)
  const actions = (
    <>
      <CopyButton value={set.path}>{({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy path'}</Button>}</CopyButton>
      {set.origin === 'imported' && <Button onClick={() => setRemoving(true)}>Remove</Button>}
    </>
  )
  return (
    <Page title={set.name} status={<DataTabs />} actions={actions}>
      <SetFacts set={set} />
      <TextInput
        placeholder="Search prompts and responses"
        aria-label="Search"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <RowBrowser id={set.id} search={useDeferredValue(search)} />
      {isRemoving && <RemoveDialog set={set} onClose={() => setRemoving(false)} />}
    </Page>
  )
}

function SetFacts({ set }: { readonly set: DataSet }) {
  return (
    <Facts
      facts={[
        { name: 'Kind', value: kindNames[set.kind], meaning: kindMeanings[set.kind] },
        { name: 'Holds', value: contentText(set.counts, set.kind) },
        { name: 'A recipe takes it as', value: set.uses.map((use) => useNames[use]).join(', ') },
        { name: 'Size', value: bytes(set.bytes) },
        { name: 'From', value: set.source },
        ...(set.importedAt === null ? [] : [{ name: 'Imported', value: moment(set.importedAt) }]),
        { name: 'Used by', value: set.usedBy.length === 0 ? 'no run' : set.usedBy.map(({ name, id }) => `${name} (${id})`).join(', ') },
      ]}
    />
  )
}

function RemoveDialog({ set, onClose }: { readonly set: DataSet; readonly onClose: () => void }) {
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
    <Modal opened onClose={onClose} title={`Remove ${set.name}?`}>
      <div className={styles.form}>
        <p style={{ margin: 0 }}>
          The copy with {contentText(set.counts, set.kind)} ({bytes(set.bytes)}) is deleted. The file it was made from stays. Runs that have
          read it keep what they read.
        </p>
        {remove.isError && <ErrorCard error={remove.error} />}
        <div className={styles.inline} style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button loading={remove.isPending} onClick={() => remove.mutate({ id: set.id })}>
            Remove
          </Button>
        </div>
      </div>
    </Modal>
  )
}
