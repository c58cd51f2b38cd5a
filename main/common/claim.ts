import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import { processStart, stateOf } from './process-identity.ts'

/** A process's claim on something that one process at a time may work on: who it is, and when it last said that it still works. */
export interface Claim {
  readonly token: string
  readonly host: string
  readonly pid: number
  readonly started: string // '' where the operating system does not say
  readonly heartbeatAt: number // milliseconds since 1970
}

/** How often a holder says that it still works. */
export const heartbeatMs = 1000

/** Where nothing better is known of a process, it counts as gone after this long without a heartbeat. */
const silenceMs = 60_000

/**
 * Tokens of the claims that this very process still holds: a claim it gave up is free here, even where that could not be written down. Its main thread
 * makes all of them; the others judge a claim as another process would.
 */
const own = new Set<string>()

/** A claim of this process, held from now on until `giveUp`. */
export function newClaim(): Claim {
  const token = randomUUID()
  own.add(token)
  return { token, host: hostname(), pid: process.pid, started: processStart(process.pid), heartbeatAt: Date.now() }
}

/** This process no longer holds the claim with this token. */
export const giveUp = (token: string): void => void own.delete(token)

/**
 * Whether the process that made a claim still works. Its identity decides where the operating system tells it; elsewhere (another machine, or a
 * system without start times, where a dead process's id may have been given to another) the heartbeat does.
 */
export function isHeld({ token, host, pid, started, heartbeatAt }: Claim, now = Date.now()): boolean {
  if (host !== hostname()) return isRecent(heartbeatAt, now)
  if (isMainThread && pid === process.pid && started === processStart(pid)) return own.has(token)
  const state = stateOf(pid, started)
  return state === 'unknown' ? isRecent(heartbeatAt, now) : state === 'alive'
}

/** Whether a heartbeat is recent. One far in the future was written before the clock was turned back. */
export const isRecent = (heartbeatAt: number, now = Date.now()): boolean => Math.abs(now - heartbeatAt) < silenceMs
