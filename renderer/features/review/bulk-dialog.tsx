import { Button, Checkbox, Group, Modal, Radio, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { BulkDecision, BulkPreview, QueueFilter, ReviewBatch } from '../../../main/api/contract/review.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, fixed } from '../../components/format.ts'
import { QueryView } from '../../components/query-view.tsx'
import { batchWords, pairsText } from './act-words.ts'
import styles from './bulk.module.css'
import { readFlag, writeFlag } from './flags.ts'

const choices: Readonly<Record<BulkDecision, { label: string; description: string }>> = {
  agree: { label: 'Confirm', description: 'The response with the larger score stays the chosen one.' },
  'both-bad': { label: 'Leave out', description: 'Neither response is learned from (both bad).' },
  tie: { label: 'Tie', description: 'Neither is better; left out of training too.' },
  swap: { label: 'Flip', description: 'The response with the smaller score becomes the chosen one.' },
  undo: { label: 'Clear decisions', description: 'As if no one had decided about them.' },
}

interface BulkDialogProps {
  readonly runId: string
  readonly filter: QueueFilter
  readonly opened: boolean
  readonly onClose: () => void
}

/** One decision on all pairs that the filter leaves: previewed before, and undone as one after. */
export function BulkDialog({ runId, filter, opened, onClose }: BulkDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Decide about all pairs in the queue" size="lg">
      {opened && <BulkForm runId={runId} filter={filter} onClose={onClose} />}
    </Modal>
  )
}

function BulkForm({ runId, filter, onClose }: Omit<BulkDialogProps, 'opened'>) {
  const queries = useQueryClient()
  const [decision, setDecision] = useState<BulkDecision>('agree')
  const [overwrite, setOverwrite] = useState(false)
  const bulk = { runId, filter, decision, overwrite }
  const preview = useQuery({ ...orpc.review.bulk.preview.queryOptions({ input: bulk }), staleTime: 0, gcTime: 0 })
  const apply = useMutation(
    orpc.review.bulk.apply.mutationOptions({
      onSuccess: onClose,
      onSettled: () => queries.invalidateQueries({ queryKey: orpc.review.key() }),
    }),
  )
  const chosen = preview.data?.count ?? 0
  return (
    <Stack gap={16}>
      <Radio.Group label="Decision" value={decision} onChange={(value) => setDecision(value as BulkDecision)}>
        <Stack gap={8} mt={8}>
          {Object.entries(choices).map(([value, { label, description }]) => (
            <Radio key={value} size="xs" value={value} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
      <Checkbox
        label="Replace decisions that were made already"
        checked={overwrite || decision === 'undo'}
        disabled={decision === 'undo'}
        onChange={({ currentTarget }) => setOverwrite(currentTarget.checked)}
      />
      <QueryView query={preview}>{(data) => <Preview preview={data} />}</QueryView>
      {apply.isError && (
        <ErrorCard error={apply.error} onRetry={() => void preview.refetch().then(() => apply.reset())} retry="Preview again" />
      )}
      <Group justify="flex-end" gap={8}>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="filled"
          disabled={chosen === 0 || preview.isFetching}
          loading={apply.isPending}
          onClick={() => preview.data && apply.mutate({ ...bulk, hash: preview.data.hash })}
        >
          {choices[decision].label}: {pairsText(chosen)}
        </Button>
      </Group>
    </Stack>
  )
}

function Preview({ preview: { count: pairs, left, overwrites, trained, sample } }: { readonly preview: BulkPreview }) {
  return (
    <section className={styles.preview} aria-label="What it would do">
      <p>
        <b>{pairsText(pairs)}</b> would be decided about{left > 0 && `, ${count(left)} left as they are`}.
        {overwrites > 0 && ` Of your decisions, ${count(overwrites)} would be replaced.`}
        {trained > 0 && ` For ${count(trained)} it comes too late: their training has begun.`}
      </p>
      <ul>
        {sample.map(({ promptId, preview, margin }) => (
          <li key={promptId}>
            <span className={styles.text}>{preview}</span>
            <span className="dim">margin {fixed(margin, 1)}</span>
          </li>
        ))}
        {pairs > sample.length && <li className="dim">and {count(pairs - sample.length)} more</li>}
      </ul>
      <p className="dim">It says nothing about how far you and the judge agree, and can be undone as one.</p>
    </section>
  )
}

/** The newest decision on many pairs, with its undo; nothing where there is none, or it is undone. */
export function BatchBar({ batches }: { readonly batches: readonly ReviewBatch[] }) {
  const newest = batches[0]
  return newest === undefined || newest.undone ? null : <Batch key={newest.id} batch={newest} />
}

function Batch({ batch: { id, pairs, decision } }: { readonly batch: ReviewBatch }) {
  const queries = useQueryClient()
  const flag = `batch.${id}`
  const [isKept, setKept] = useState(() => readFlag(flag, false))
  const undo = useMutation(
    orpc.review.bulk.undo.mutationOptions({ onSettled: () => queries.invalidateQueries({ queryKey: orpc.review.key() }) }),
  )
  if (undo.isError) return <ErrorCard error={undo.error} onRetry={() => undo.reset()} />
  if (isKept) return null
  return (
    <div className={styles.bar} role="status">
      <span>
        {pairsText(pairs)} {batchWords[decision]} in one step.
      </span>
      <Button loading={undo.isPending} onClick={() => undo.mutate({ batchId: id })}>
        Undo all
      </Button>
      <Button variant="subtle" color="gray" onClick={() => setKept(writeFlag(flag, true))}>
        Keep
      </Button>
    </div>
  )
}
