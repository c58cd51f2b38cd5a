import { setTimeout as sleep } from 'node:timers/promises'
import { APIConnectionError, APIError, APIUserAbortError } from 'openai'
import { askedPauseMs, certificateRemedy } from '../../../common/fetch-failures.ts'
import { Silence } from '../../../common/time-limit.ts'
import { stopped } from '../../../shared/errors.ts'

/** Which failures of a request pass, and how long to wait before it is sent again. Pauses are in milliseconds. */
const firstPauseMs = 500
const longestPauseMs = 60_000
/** The longest pause that a server may ask for. */
const longestAskedMs = 600_000

/** An answer that isn't what the API says. */
export class Garbled extends Error {}

export const wait = (ms: number, signal: AbortSignal): Promise<unknown> =>
  sleep(ms, undefined, { signal }).catch(() => {
    throw stopped()
  })

/** Doubling, with a random share, so that many requests don't return at the same time. */
export const backoff = (retries: number, random: () => number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** retries) * (0.5 + random() / 2)

/** The pause that the server asks for, null if it names none; undefined: the failure won't pass. */
export function passingPause(error: unknown): number | null | undefined {
  if (error instanceof APIUserAbortError || certificateRemedy(error) !== null) return undefined
  if (error instanceof Silence || error instanceof APIConnectionError) return null
  if (error instanceof Garbled || error instanceof SyntaxError || isCutOff(error)) return null
  if (!(error instanceof APIError)) return undefined
  const status = statusOf(error)
  const passes = status === 408 || status === 409 || status === 429 || status >= 500
  if (!passes || error.code === 'insufficient_quota') return undefined
  const asked = askedPauseMs(error.headers)
  return asked === null ? null : Math.min(longestAskedMs, asked)
}

/** An error in the middle of a stream has no status of its own: vLLM's has it as a code, and one without a code is the server's. */
export const statusOf = ({ status, code }: APIError): number => status ?? (code == null ? 500 : Number(code) || 400)

/** How fetch calls an answer whose connection was closed before its end. */
const isCutOff = (error: unknown): boolean => error instanceof TypeError && error.message === 'terminated'
