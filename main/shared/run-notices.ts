import type { FollowedEvent } from './contract/events-contract.ts'

/** News of a run for a user who looks elsewhere. */
export interface RunNotice {
  readonly title: string
  readonly body: string
  /** The path that the window opens on click. */
  readonly path: string
}

/** The notification for an event: a run has finished, failed, stopped on a warning, or is waiting for review. */
export function noticeOf({ runId, event }: FollowedEvent, nameOf: (runId: string) => string): RunNotice | undefined {
  const path = `/runs/${runId}`
  if (event.kind === 'guard-stop') return { title: 'Run stopped on a warning', body: `${nameOf(runId)}\n${event.text}`, path }
  if (event.kind !== 'status') return undefined
  if (event.status === 'finished') return { title: 'Run finished', body: nameOf(runId), path }
  if (event.status === 'waiting-for-review') return { title: 'Pairs are ready for review', body: nameOf(runId), path: '/review' }
  if (event.status === 'failed') {
    const reason = event.error?.message.split('\n')[0] ?? ''
    return { title: 'Run failed', body: `${nameOf(runId)}\n${reason}`.trim(), path }
  }
  return undefined
}
