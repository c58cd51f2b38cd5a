import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import type { FollowedEvent } from '../../../main/shared/contract/events-contract.ts'
import { isActive, type RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { useRunEvents } from '../../api/run-events.ts'

/** The run's last progress report. */
export interface LiveProgress {
  readonly iteration: number
  readonly stage: string
  readonly what: string
  readonly done: number
  readonly total: number
  readonly perSecond: number | null
  readonly secondsLeft: number | null
}

/** Refetch interval while a run is running, milliseconds. */
const liveMs = 1000

export const isLive = (run: Pick<RunDetails, 'status'>): boolean => isActive(run.status)

/**
 * A run with its live progress. Everything persistent comes from the store, so that a reload shows the same; stored events invalidate charts and
 * rows.
 */
export function useLiveRun(id: string) {
  const queries = useQueryClient()
  const run = useQuery(orpc.runs.show.queryOptions({ input: { id }, placeholderData: (before) => before }))
  const [progress, setProgress] = useState<LiveProgress | null>(null)
  const listener = useCallback(
    ({ id: historyId, event }: FollowedEvent) => {
      if (event.kind === 'progress') setProgress(event)
      if (event.kind === 'training-step') setProgress(stepProgress(event))
      if (event.kind === 'status' || event.kind === 'stage-started') setProgress(null)
      if (historyId === null) return
      void queries.invalidateQueries({ queryKey: orpc.charts.key() })
      void queries.invalidateQueries({ queryKey: orpc.rows.key() })
    },
    [queries],
  )
  useRunEvents(id, listener)
  const timeline = useQuery(orpc.charts.timeline.queryOptions({ input: { runId: id }, refetchInterval: intervalOf(run.data) }))
  return { run, timeline, progress }
}

export const intervalOf = (run: RunDetails | undefined): number | false => (run !== undefined && isLive(run) ? liveMs : false)

type StepEvent = Extract<FollowedEvent['event'], { kind: 'training-step' }>

/** A training reports steps instead of progress; the step time gives the throughput. */
function stepProgress({ iteration, stage, model, step, steps, metrics }: StepEvent): LiveProgress {
  const { seconds } = metrics
  const perSecond = seconds > 0 ? 1 / seconds : null
  const secondsLeft = seconds > 0 ? (steps - step) * seconds : null
  return { iteration, stage, what: `steps of ${model}`, done: step, total: steps, perSecond, secondsLeft }
}
