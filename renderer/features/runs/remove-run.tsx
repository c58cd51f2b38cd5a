import { Button, Group, Modal, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { RunListing } from '../../../main/api/contract/runs.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'

interface RemoveRunProps {
  readonly run: RunListing
  readonly opened: boolean
  readonly onClose: () => void
}

/** Asks before a run goes, and says what goes with it. */
export function RemoveRun({ run, opened, onClose }: RemoveRunProps) {
  const queries = useQueryClient()
  const remove = useMutation(
    orpc.runs.remove.mutationOptions({
      onSuccess: async () => {
        onClose()
        await queries.invalidateQueries({ queryKey: orpc.runs.key() })
      },
    }),
  )
  const close = (): void => {
    remove.reset()
    onClose()
  }
  return (
    <Modal opened={opened} onClose={close} title={`Remove ${run.name}?`}>
      <Stack gap={12}>
        <p style={{ margin: 0 }}>
          Its prompts, candidates, judgements, pairs, reviews and models are deleted from this machine. That cannot be undone. Exports you
          have made elsewhere stay.
        </p>
        {remove.isError && <ErrorCard error={remove.error} />}
        <Group gap={8} justify="flex-end">
          <Button data-autofocus onClick={close}>
            Cancel
          </Button>
          <Button loading={remove.isPending} onClick={() => remove.mutate({ id: run.id })}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
