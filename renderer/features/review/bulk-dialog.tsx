import { Button, Checkbox, Group, Modal, Radio, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { BulkDecision, BulkPreview, QueueFilter, ReviewBatch } from '../../../main/shared/contract/review-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count } from '../../components/format.ts'
import { QueryView } from '../../components/query-view.tsx'
import { batchWords, pairsText } from './act-words.ts'
import styles from './bulk.module.css'
import { readFlag, writeFlag } from './flags.ts'
import { marginText } from './reward-text.ts'

const choices: Readonly<Record<BulkDecision, { label: string; description: string }>> = {
  agree: { label: 'Confirm', description: 'The response with the higher score stays chosen.' },
  'both-bad': { label: 'Leave out', description: 'Both responses are bad; the pair isn’t used in training.' },
  tie: { label: 'Tie', description: 'Neither response is better; the pair isn’t used in training.' },
  swap: { label: 'Flip', description: 'The response with the lower score becomes chosen.' },
  undo: { label: 'Clear decisions', description: 'Removes your decisions, so that the judge’s apply.' },
}

interface BulkDialogProps {
  readonly runId: string
  readonly filter: QueueFilter
  readonly opened: boolean
  readonly onClose: () => void
}

/** One decision on all pairs that match the filter, with a preview, undone in one step. */
export function BulkDialog({ runId, filter, opened, onClose }: BulkDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Decide all pairs in the queue" size="lg">
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
        label="Replace existing decisions"
        checked={overwrite || decision === 'undo'}
        disabled={decision === 'undo'}
        onChange={({ currentTarget }) => setOverwrite(currentTarget.checked)}
      />
      <QueryView query={preview}>{(data) => <Preview preview={data} />}</QueryView>
      {apply.isError && (
        <ErrorCard error={apply.error} onRetry={() => void preview.refetch().then(() => apply.reset())} retry="Refresh preview" />
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
    <section className={styles.preview} aria-label="Preview">
      <p>
        <b>{pairsText(pairs)}</b> will be decided{left > 0 && `, ${count(left)} left as they are`}.
        {overwrites > 0 && ` This replaces ${count(overwrites)} of your decisions.`}
        {trained > 0 && ` For ${count(trained)}, it has no effect on training, which has already started.`}
      </p>
      <ul>
        {sample.map(({ promptId, place, preview, margin }) => (
          <li key={`${promptId}.${place}`}>
            <span className={styles.text}>{preview}</span>
            <span className="dim">margin {margin === null ? '–' : marginText(margin)}</span>
          </li>
        ))}
        {pairs > sample.length && <li className="dim">and {count(pairs - sample.length)} more</li>}
      </ul>
      <p className="dim">Bulk decisions don’t count toward your agreement with the judge. You can undo them in one step.</p>
    </section>
  )
}

/** The latest bulk decision with an undo button, unless it has been undone. */
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
