import { Button, Group, Modal, Select, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../error-card.tsx'
import { statusWords } from '../status-dot.tsx'

interface StartAfterProps {
  readonly run: { readonly id: string; readonly name: string }
  readonly opened: boolean
  readonly onClose: () => void
}

/** Runs that another one can wait for, as choices. */
export const waitable = (runs: readonly RunListing[], except: string | null): { value: string; label: string }[] =>
  runs
    .filter(({ id, status }) => id !== except && status !== 'finished')
    .map(({ id, name, status }) => ({ value: id, label: `${name} (${statusWords[status]})` }))

/** Chooses the run that this one waits for in the queue. */
export function StartAfter({ run, opened, onClose }: StartAfterProps) {
  const queries = useQueryClient()
  const runs = useQuery(orpc.runs.list.queryOptions({ enabled: opened }))
  const [after, setAfter] = useState<string | null>(null)
  const queue = useMutation(
    orpc.runs.startAfter.mutationOptions({
      onSuccess: async () => {
        onClose()
        await queries.invalidateQueries({ queryKey: orpc.runs.key() })
      },
    }),
  )
  const choices = waitable(runs.data ?? [], run.id)
  return (
    <Modal {...{ opened, onClose }} title={`Start ${run.name} after another run`}>
      <Stack gap={12}>
        <Select
          label="Start when this run has finished"
          description="If it fails or is paused, this run keeps waiting until it has been resumed and has finished."
          placeholder={choices.length === 0 ? 'No other run is unfinished' : 'Choose a run'}
          searchable
          data={choices}
          value={after}
          onChange={setAfter}
          data-autofocus
        />
        {queue.isError && <ErrorCard error={queue.error} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="filled"
            disabled={after === null}
            loading={queue.isPending}
            onClick={() => after !== null && queue.mutate({ id: run.id, after })}
          >
            Queue
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
