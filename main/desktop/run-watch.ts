import type { Application } from '../api/application.ts'
import type { FollowedEvent } from '../api/contract/events.ts'

/** Where the state of runs is shown outside the page. */
export interface RunSigns {
  /** A share of the current stage; null: nothing is under way. */
  readonly progress: (share: number | null) => void
  readonly notify: (notice: Notice) => void
  /** Something kept has happened: what may be done to a run may have changed. */
  readonly changed: () => void
  /** Whether a run is being worked on here: the machine must not fall asleep by itself. */
  readonly working: (isWorking: boolean) => void
}

export interface Notice {
  readonly title: string
  readonly body: string
  /** Where the window goes when it is clicked. */
  readonly path: string
}

/** How often it is looked whether a run is still worked on, milliseconds. */
const lookMs = 1000

/** Watches the runs of the data folder and keeps the signs as they are. Ends with the signal. */
export async function watchRuns(
  { live, keeper, runs }: Pick<Application, 'live' | 'keeper' | 'runs'>,
  signs: RunSigns,
  signal: AbortSignal,
) {
  let wasWorking = false
  const look = (): void => {
    const isWorking = keeper.active().length > 0
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

/** What a person who does not look should hear of: a run has ended, failed, or waits for them. */
export function noticeOf({ runId, event }: FollowedEvent, nameOf: (runId: string) => string): Notice | undefined {
  if (event.kind !== 'status') return undefined
  const path = `/runs/${runId}`
  if (event.status === 'finished') return { title: 'Run finished', body: nameOf(runId), path }
  if (event.status === 'waiting') return { title: 'Pairs wait for your review', body: nameOf(runId), path: '/review' }
  if (event.status === 'failed') {
    const reason = event.error?.message.split('\n')[0] ?? ''
    return { title: 'Run failed', body: `${nameOf(runId)}\n${reason}`.trim(), path }
  }
  return undefined
}
