import { asyncQueue } from '../../common/async-queue.ts'
import type { Log } from '../../common/log.ts'
import type { LogEntry, LogLevel } from '../../shared/contract/events-contract.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { LiveEvents } from '../runs/live-events.ts'

/** Milliseconds to collect entries before sending them: an engine may log in bursts. */
const gatherMs = 200

/** The newest entries, then new ones in batches as they arrive, until `signal`. */
export async function* followLog(log: Log, signal?: AbortSignal): AsyncGenerator<LogEntry[]> {
  const queue = asyncQueue<LogEntry[]>()
  let gathered: LogEntry[] = [...log.recent()]
  const hand = (): void => {
    if (gathered.length > 0) queue.push([gathered])
    gathered = []
  }
  const stop = log.listen((entry) => gathered.push(entry))
  const timer = setInterval(hand, gatherMs)
  signal?.addEventListener('abort', queue.end, { once: true })
  try {
    if (signal?.aborted) return
    hand()
    yield* queue
  } finally {
    clearInterval(timer)
    stop()
    signal?.removeEventListener('abort', queue.end)
  }
}

/** Logs events of runs until `signal`. */
export async function logRuns(live: LiveEvents, log: Log, signal: AbortSignal): Promise<void> {
  for await (const { id, runId, event } of live.follow(null, null, signal)) {
    if (id === null) continue // transient
    const said = lineOf(event)
    if (said !== undefined) log.write(said.level, `run ${runId}`, said.text)
  }
}

function lineOf(event: RunEvent): { level: LogLevel; text: string } | undefined {
  const info = (text: string) => ({ level: 'info' as const, text })
  switch (event.kind) {
    case 'status':
      return event.error === null
        ? info(event.status)
        : { level: 'error', text: `${event.status}: ${event.error.code} ${event.error.message}\n${event.error.remedy}` }
    case 'stage-started':
      return info(`iteration ${event.iteration}, ${event.stage} started`)
    case 'stage-finished':
      return info(`iteration ${event.iteration}, ${event.stage} finished in ${event.seconds.toFixed(1)} s`)
    case 'warning':
    case 'guard-stop':
      return { level: 'warning', text: event.text }
    case 'note':
    case 'ended-early':
      return info(event.text)
    case 'evaluated':
      return info(`${event.model} evaluated: ${event.what}`)
    default:
      return undefined
  }
}
