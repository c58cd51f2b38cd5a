import { Button, Group, Modal, Tooltip } from '@mantine/core'
import { IconClock, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import { useCallback, useState } from 'react'
import { isActive, type RunListing } from '../../main/shared/contract/runs-contract.ts'
import type { Action } from '../actions/action.ts'
import { actionProps } from '../actions/action-button.tsx'
import { useScreenActions } from '../actions/use-screen-actions.ts'
import { type RunAction, useRunCommands } from '../api/window-commands.ts'
import { ErrorCard } from './error-card.tsx'
import { useRunActions } from './run-actions.ts'
import { runControlActions } from './run-page-actions.ts'
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
  /** This is the run's own page: the native menu's Start, Pause, and Stop apply to it, and their shortcuts. */
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
  const words = status in startWords ? startWords[status as keyof typeof startWords] : null
  const begins = (): void =>
    status === 'waiting-for-review' ? confirmReview.mutate({ id: run.id, iteration: run.iteration }) : start.mutate({ id: run.id })
  const actions = useScreenActions(
    runControlActions,
    {
      start: words && { title: words[0], enabled: !isBusy, perform: begins },
      pause: isActive(status)
        ? { title: isPausing ? 'Pausing' : 'Pause', enabled: !isBusy, perform: () => pause.mutate({ id: run.id }) }
        : null,
      stop:
        status === 'created' || status === 'finished'
          ? null
          : { title: isEnding ? 'Ending' : 'Stop and keep', enabled: !isBusy, perform: () => setAsking(true) },
    },
    inView,
  )
  const shownProps = (action: Action) => actionProps(inView ? action : { ...action, keys: [] })
  return (
    <Group gap={8} wrap="nowrap">
      {status === 'queued' && <QueuedButton pending={pause.isPending} onLeave={() => pause.mutate({ id: run.id })} />}
      {words && (
        <Tooltip label={words[1]}>
          <Button
            {...shownProps(actions.start)}
            variant={status === 'waiting-for-review' ? 'default' : 'filled'} // the review button is the primary one
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            loading={isStarting}
          />
        </Tooltip>
      )}
      {isActive(status) && (
        <Tooltip label={actions.pause.hint}>
          <Button {...shownProps(actions.pause)} leftSection={<IconPlayerPause size={14} aria-hidden />} loading={isPausing} />
        </Tooltip>
      )}
      {status !== 'created' && status !== 'finished' && (
        <Tooltip label={actions.stop.hint}>
          <Button {...shownProps(actions.stop)} leftSection={<IconPlayerStop size={14} aria-hidden />} loading={isEnding} />
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
