import { Button, Group, Modal, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../error-card.tsx'
import { offerUndoRemoval } from './undo-removal.ts'

interface RemoveRunProps {
  readonly run: { readonly id: string; readonly name: string }
  readonly opened: boolean
  readonly onClose: () => void
  readonly onRemoved?: () => void
}

/** Confirms deleting a run, and says what is deleted with it. */
export function RemoveRun({ run, opened, onClose, onRemoved }: RemoveRunProps) {
  const queries = useQueryClient()
  const goes = useQuery(orpc.runs.removal.queryOptions({ input: { id: run.id }, enabled: opened, staleTime: 0 }))
  const needed = goes.data?.neededBy ?? []
  const remove = useMutation(
    orpc.runs.remove.mutationOptions({
      onSuccess: async () => {
        onClose()
        onRemoved?.()
        offerUndoRemoval([run], queries)
        await queries.invalidateQueries({ queryKey: orpc.runs.key() })
      },
    }),
  )
  const close = (): void => {
    remove.reset()
    onClose()
  }
  return (
    <Modal opened={opened} onClose={close} title={`Delete ${run.name}?`}>
      <Stack gap={12}>
        <p style={{ margin: 0 }}>
          This deletes its prompts, candidates, judgements, pairs, reviews, and models from this machine. You can undo this for ten seconds.
          Exported files are kept.
        </p>
        {goes.data !== undefined && goes.data.reviews > 0 && (
          <p style={{ margin: 0, color: 'var(--error)' }}>
            This also deletes {goes.data.reviews === 1 ? '1 human review' : `${goes.data.reviews.toLocaleString('en-US')} human reviews`}.
          </p>
        )}
        {needed.length > 0 && (
          <p style={{ margin: 0 }}>You can’t delete this run, because it is needed by {needed.slice(0, 5).join(', ')}.</p>
        )}
        {remove.isError && <ErrorCard error={remove.error} />}
        <Group gap={8} justify="flex-end">
          <Button data-autofocus onClick={close}>
            Cancel
          </Button>
          <Button loading={remove.isPending} disabled={goes.isPending || needed.length > 0} onClick={() => remove.mutate({ id: run.id })}>
            Delete run
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
