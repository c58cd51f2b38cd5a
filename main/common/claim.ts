import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import { processStart, stateOf } from './process-identity.ts'

/** A process's claim on something that only one process at a time may use: its identity, and the time of its last heartbeat. */
export interface Claim {
  readonly token: string
  readonly host: string
  readonly pid: number
  readonly started: string // '' if the operating system doesn't report it
  readonly heartbeatAt: number // milliseconds since 1970
}

/** How often the holder of a claim writes a heartbeat. */
export const heartbeatMs = 1000

/** If nothing better is known about a process, it counts as gone after this long without a heartbeat. */
const silenceMs = 60_000

/**
 * Tokens of the claims that this process still holds: a released claim is free here even if the release couldn't be stored. The main thread makes
 * all claims; other threads judge a claim the way another process would.
 */
const own = new Set<string>()

/** A new claim of this process, held until `giveUp`. */
export function newClaim(): Claim {
  const token = randomUUID()
  own.add(token)
  return { token, host: hostname(), pid: process.pid, started: processStart(process.pid), heartbeatAt: Date.now() }
}

/** Release the claim with this token. */
export const giveUp = (token: string): void => void own.delete(token)

/**
 * Whether the process that made a claim is still alive. Its identity decides if the operating system reports start times. Otherwise (on another
 * machine, or on a system without start times, where PIDs may have been reused) the heartbeat decides.
 */
export function isHeld({ token, host, pid, started, heartbeatAt }: Claim, now = Date.now()): boolean {
  if (host !== hostname()) return isRecent(heartbeatAt, now)
  if (isMainThread && pid === process.pid && started === processStart(pid)) return own.has(token)
  const state = stateOf(pid, started)
  return state === 'unknown' ? isRecent(heartbeatAt, now) : state === 'alive'
}

/** Whether a heartbeat is recent. One far in the future was written before the clock was set back. */
export const isRecent = (heartbeatAt: number, now = Date.now()): boolean => Math.abs(now - heartbeatAt) < silenceMs
