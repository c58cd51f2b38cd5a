import { Button, Group, Modal, Tooltip } from '@mantine/core'
import { IconClock, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import { useCallback, useState } from 'react'
import { isActive, type RunListing } from '../../main/shared/contract/runs-contract.ts'
import { type RunAction, useRunCommands } from '../api/window-commands.ts'
import { ErrorCard } from './error-card.tsx'
import { useRunActions } from './run-actions.ts'
import { StopAndKeep } from './stop-and-keep.tsx'

/** The fields that the controls need, shared by the list's rows and a run's details. */
export type ControlledRun = Pick<RunListing, 'id' | 'name' | 'status' | 'training' | 'iteration' | 'stage'>

const startWords = {
  created: ['Start', 'Start the run.'],
  paused: ['Resume', 'Continue where the run paused. The result is the same as without the pause.'],
  interrupted: ['Resume', 'The run’s process ended unexpectedly. Nothing saved is lost; Resume continues from there.'],
  failed: ['Resume', 'Try again from where it failed.'],
  'waiting-for-review': ['Train', 'Train on the pairs as they are now. Your decisions take precedence over the judge’s.'],
} as const

interface RunControlsProps {
  readonly run: ControlledRun
  /** This is the run's own page: the native menu's Start, Pause, and Stop apply to it. */
  readonly inView?: boolean
}

/** Start, Pause, Resume, and Stop and keep, depending on the run's status. An error stays until it is dismissed. */
export function RunControls({ run, inView = false }: RunControlsProps) {
  const { start, confirmReview, pause, stopAndKeep, error, clearError } = useRunActions(run.id)
  const [isAsking, setAsking] = useState(false)
  const isPausing = pause.isPending || run.status === 'pausing'
  const isEnding = stopAndKeep.isPending || run.status === 'finishing'
  const isStarting = start.isPending || confirmReview.isPending
  const isBusy = isPausing || isEnding || isStarting
  const { status } = run
  const [begin, hold] = [start.mutate, pause.mutate]
  const perform = useCallback(
    (action: RunAction) => {
      if (action === 'start') begin({ id: run.id })
      if (action === 'pause') hold({ id: run.id })
      if (action === 'stop') setAsking(true)
    },
    [begin, hold, run.id],
  )
  useRunCommands(inView ? perform : null)
  return (
    <Group gap={8} wrap="nowrap">
      {status === 'queued' && <QueuedButton pending={pause.isPending} onLeave={() => pause.mutate({ id: run.id })} />}
      {status in startWords && (
        <StartButton
          words={startWords[status as keyof typeof startWords]}
          busy={isBusy}
          isPrimary={status !== 'waiting-for-review'} // the review button is
          pending={isStarting}
          onClick={() =>
            status === 'waiting-for-review' ? confirmReview.mutate({ id: run.id, iteration: run.iteration }) : start.mutate({ id: run.id })
          }
        />
      )}
      {isActive(status) && (
        <Tooltip label="Finish the current unit of work, then pause. Resume continues to exactly the same result.">
          <Button
            leftSection={<IconPlayerPause size={14} aria-hidden />}
            loading={isPausing}
            disabled={isBusy}
            onClick={() => pause.mutate({ id: run.id })}
          >
            {isPausing ? 'Pausing' : 'Pause'}
          </Button>
        </Tooltip>
      )}
      {status !== 'created' && status !== 'finished' && (
        <Tooltip label="End the run now and keep its results. You can’t resume it afterward.">
          <Button
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            loading={isEnding}
            disabled={isBusy}
            onClick={() => setAsking(true)}
          >
            {isEnding ? 'Ending' : 'Stop and keep'}
          </Button>
        </Tooltip>
      )}
      <StopAndKeep run={run} opened={isAsking} onClose={() => setAsking(false)} onConfirm={() => stopAndKeep.mutate({ id: run.id })} />
      <Modal opened={error !== null} onClose={clearError} title={`Couldn’t update ${run.name}`} size="lg">
        <ErrorCard error={error} />
      </Modal>
    </Group>
  )
}

/** The run is in the queue. */
const QueuedButton = ({ pending, onLeave }: { readonly pending: boolean; readonly onLeave: () => void }) => (
  <Tooltip label="Starts when its turn comes. Click to remove it from the queue.">
    <Button leftSection={<IconClock size={14} aria-hidden />} loading={pending} onClick={onLeave}>
      Queued
    </Button>
  </Tooltip>
)

interface StartButtonProps {
  readonly words: readonly [string, string]
  readonly busy: boolean
  readonly isPrimary: boolean
  readonly pending: boolean
  readonly onClick: () => void
}

const StartButton = ({ words: [label, hint], busy, isPrimary, pending, onClick }: StartButtonProps) => (
  <Tooltip label={hint}>
    <Button
      variant={isPrimary ? 'filled' : 'default'}
      leftSection={<IconPlayerPlay size={14} aria-hidden />}
      loading={pending}
      disabled={busy}
      onClick={onClick}
    >
      {label}
    </Button>
  </Tooltip>
)
