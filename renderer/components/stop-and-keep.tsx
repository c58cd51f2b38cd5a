import { Button, Group, Modal, Stack } from '@mantine/core'
import type { ControlledRun } from './run-controls.tsx'

interface StopAndKeepProps {
  readonly run: ControlledRun
  readonly opened: boolean
  readonly onClose: () => void
  readonly onConfirm: () => void
}

/** Confirms ending a run early, and says what is kept. */
export function StopAndKeep({ run, opened, onClose, onConfirm }: StopAndKeepProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`End ${run.name} now?`}>
      <Stack gap={12}>
        <p style={{ margin: 0 }}>
          {run.training
            ? 'The training finishes its current step. Its model is saved and marked as ended early.'
            : 'The models made so far are kept, with all prompts, judgements, and pairs.'}{' '}
          You can’t resume the run afterward. To continue later, pause it instead.
        </p>
        <Group gap={8} justify="flex-end">
          <Button data-autofocus onClick={onClose}>
            Cancel
          </Button>
          <Button
            variant="filled"
            onClick={() => {
              onClose()
              onConfirm()
            }}
          >
            End and keep
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
