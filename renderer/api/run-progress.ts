import { create } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import type { FollowedEvent } from '../../main/shared/contract/events-contract.ts'

/** Progress of a run's current work. */
interface RunProgress {
  readonly done: number
  readonly total: number
  readonly secondsLeft: number | null
}

const useStore = create<{ readonly ofRun: Readonly<Record<string, RunProgress>> }>(() => ({ ofRun: {} }))

/** A run's last reported progress. */
export const useProgress = (runId: string): RunProgress | undefined => useStore(({ ofRun }) => ofRun[runId])

/** Progress of each run's current stage, in whole percent so that the window isn't drawn again for every unit; null: unknown. */
export function useShareOf(): (runId: string) => number | null {
  const percents = useStore(
    useShallow(({ ofRun }) => Object.fromEntries(Object.entries(ofRun).map(([id, progress]) => [id, percentOf(progress)]))),
  )
  return (runId) => (percents[runId] === undefined ? null : percents[runId] / 100)
}

const percentOf = ({ done, total }: RunProgress): number => Math.floor((100 * done) / Math.max(1, total))

/** Notes the progress that an event of any run reports. */
export function noteProgress({ runId, event }: FollowedEvent): void {
  if (event.kind === 'progress') set(runId, { done: event.done, total: event.total, secondsLeft: event.secondsLeft })
  else if (event.kind === 'training-step') set(runId, { done: event.step, total: event.steps, secondsLeft: null })
  else if (event.kind === 'stage-started' || event.kind === 'status') set(runId, undefined)
}

function set(runId: string, progress: RunProgress | undefined): void {
  useStore.setState(({ ofRun: { [runId]: _, ...others } }) => ({
    ofRun: progress === undefined ? others : { ...others, [runId]: progress },
  }))
}
