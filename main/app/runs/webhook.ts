import { causeOf, certificateRemedy } from '../../common/fetch-failures.ts'
import { prepareNetwork } from '../../common/network.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { noticeOf } from '../../shared/run-notices.ts'

/** How long an address may take to answer, milliseconds. */
const patienceMs = 10_000

/** What is sent, as JSON. */
interface Message {
  readonly event: string
  /** Slack, Mattermost, and Teams show `text`, Discord `content`. */
  readonly text: string
  readonly content: string
  readonly run: { readonly id: string; readonly name: string }
  readonly at: string // ISO 8601, UTC
}

/**
 * Posts to the user's address when a run has finished, failed, stopped on a warning, or waits for review. Nothing is sent without an address.
 * A run never waits for it or fails by it: what can't be sent is logged.
 */
export function webhook(addressOf: () => string | null, post: typeof fetch = fetch) {
  const underway = new Set<Promise<void>>()

  async function send(address: string, message: Message, log: (text: string) => void): Promise<void> {
    try {
      prepareNetwork()
      const { ok, status } = await post(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(patienceMs),
      })
      if (!ok) log(`the webhook answered with status ${status}`)
    } catch (error) {
      const remedy = certificateRemedy(error)
      log(`couldn't reach the webhook: ${causeOf(error)}${remedy === null ? '' : `. ${remedy}`}`)
    }
  }

  return {
    tell(run: { readonly id: string; readonly name: string }, event: RunEvent, log: (text: string) => void): void {
      const at = new Date().toISOString()
      const notice = noticeOf({ id: null, runId: run.id, at, event }, () => run.name)
      const address = notice === undefined ? null : addressOf()
      if (notice === undefined || address === null) return
      const text = `${notice.title}: ${notice.body}`
      const what = event.kind === 'status' ? event.status : event.kind
      const sending = send(address, { event: what, text, content: text, run: { id: run.id, name: run.name }, at }, log)
      underway.add(sending)
      void sending.finally(() => underway.delete(sending))
    },
    /** Resolves when everything told so far has been sent, or couldn't be. */
    sent: async (): Promise<void> => void (await Promise.all(underway)),
  }
}
