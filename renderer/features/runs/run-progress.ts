import { useCallback } from 'react'
import { create } from 'zustand'
import type { FollowedEvent } from '../../../main/shared/contract/events-contract.ts'
import { useRunEvents } from '../../api/run-events.ts'

/** Progress of a run's current work. */
interface RunProgress {
  readonly done: number
  readonly total: number
  readonly secondsLeft: number | null
}

const useStore = create<{ readonly ofRun: Readonly<Record<string, RunProgress>> }>(() => ({ ofRun: {} }))

/** A run's last reported progress. */
export const useProgress = (runId: string): RunProgress | undefined => useStore(({ ofRun }) => ofRun[runId])

/** Tracks the progress of all runs while the component is mounted. */
export function useFollowProgress(): void {
  const listen = useCallback(({ runId, event }: FollowedEvent) => {
    if (event.kind === 'progress') set(runId, { done: event.done, total: event.total, secondsLeft: event.secondsLeft })
    else if (event.kind === 'training-step') set(runId, { done: event.step, total: event.steps, secondsLeft: null })
    else if (event.kind === 'stage-started' || event.kind === 'status') set(runId, undefined)
  }, [])
  useRunEvents(null, listen)
}

function set(runId: string, progress: RunProgress | undefined): void {
  useStore.setState(({ ofRun: { [runId]: _, ...others } }) => ({
    ofRun: progress === undefined ? others : { ...others, [runId]: progress },
  }))
}
