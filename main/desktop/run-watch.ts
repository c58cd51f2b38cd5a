import type { Application } from '../app/application.ts'
import type { FollowedEvent } from '../shared/contract/events-contract.ts'
import { noticeOf, type RunNotice } from '../shared/run-notices.ts'

/** Shows the state of runs outside the page. */
export interface RunSigns {
  /** Progress of the current stage, from 0 to 1; null when no run is active. */
  readonly progress: (share: number | null) => void
  readonly notify: (notice: RunNotice) => void
  /** Called after a stored event, which may change a run's available actions. */
  readonly changed: () => void
  /** Whether a run is active in this process, so that the machine must stay awake. */
  readonly working: (isWorking: boolean) => void
}

/** Interval of the check for active runs, milliseconds. */
const lookMs = 1000

/** Keeps the signs in step with the runs of the data folder until `signal` aborts. */
export async function watchRuns({ live, queue, runs }: Pick<Application, 'live' | 'queue' | 'runs'>, signs: RunSigns, signal: AbortSignal) {
  let wasWorking = false
  const look = (): void => {
    const isWorking = queue.active().length > 0
    if (isWorking !== wasWorking) {
      signs.working(isWorking)
      signs.changed()
    }
    if (wasWorking && !isWorking) signs.progress(null)
    wasWorking = isWorking
  }
  const timer = setInterval(look, lookMs)
  try {
    for await (const followed of live.follow(null, null, signal)) {
      look()
      if (wasWorking) showProgress(followed, signs)
      if (followed.id !== null) signs.changed()
      const notice = noticeOf(followed, (id) => runs.show(id).name)
      if (notice) signs.notify(notice)
    }
  } finally {
    clearInterval(timer)
    if (wasWorking) signs.working(false)
  }
}

function showProgress({ event }: FollowedEvent, { progress }: RunSigns): void {
  if (event.kind === 'progress' && event.total > 0) progress(event.done / event.total)
  if (event.kind === 'training-step' && event.steps > 0) progress(event.step / event.steps)
}
