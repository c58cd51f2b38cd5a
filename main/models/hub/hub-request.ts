import { setTimeout as sleep } from 'node:timers/promises'
import { askedPauseMs, causeOf, certificateRemedy } from '../../common/fetch-failures.ts'
import { prepareNetwork } from '../../common/network.ts'
import { Silence, type StartTimer, timeLimit } from '../../common/time-limit.ts'
import { LaurelError, stopped } from '../../shared/errors.ts'
import type { HubSettings } from './hub-settings.ts'

/** What a request needs. Tests replace `pause` and `startTimer`. */
export interface HubAccess extends HubSettings {
  readonly signal?: AbortSignal
  /** Waits between two attempts, milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>
  readonly startTimer?: StartTimer
}

/** What a server answers. */
export interface HubAnswer {
  readonly status: number
  readonly headers: Headers
  /** Its content, as it arrives; `what` it is, for errors. Throws `Retry` if it breaks off, or nothing comes for too long, and STOPPED. */
  readonly pieces: (what: string) => AsyncGenerator<Uint8Array>
  /** Leaves the content. */
  readonly leave: () => Promise<void>
}

/** Work that is tried again: how often without progress, and what its failure is called. */
interface Retrying {
  readonly attempts: number
  readonly failure: string
  readonly remedy: string
}
export const retrying = {
  download: {
    attempts: 6,
    failure: 'The download stopped',
    remedy: 'Check the connection, then run the same command again: it continues where it stopped.',
  },
  /** A user waits for the answer. */
  lookUp: { attempts: 3, failure: "Couldn't look up the model", remedy: 'Check the connection, then try again.' },
} as const satisfies Record<string, Retrying>

/** How long a server may take to begin its answer, and from one piece of it to the next. */
const silenceSeconds = 60
const longestPauseMs = 60_000

/**
 * One GET with the user's token; redirects are followed, and to another host without the token. Returns an answer with status 200 to 299, or 416
 * (the range isn't there). Throws `Retry` for what may pass, and a LaurelError for what won't.
 */
export async function hubGet(address: string, access: HubAccess, headers: Readonly<Record<string, string>> = {}): Promise<HubAnswer> {
  const { token, signal, isOffline, endpoint, startTimer } = access
  if (isOffline)
    throw new LaurelError(
      'NETWORK',
      'HF_HUB_OFFLINE is set, so nothing is fetched.',
      'Remove the variable, or use a model that is on this machine.',
    )
  const own = new URL(address).origin === new URL(endpoint).origin && token !== null ? { authorization: `Bearer ${token}` } : {}
  const limit = timeLimit(silenceSeconds, signal, startTimer)
  /** What a failure is to the caller; `what` couldn't be done. */
  const failed = (what: string, error: unknown): Error => {
    if (signal?.aborted) return stopped()
    const distrust = certificateRemedy(error)
    if (distrust !== null) return new LaurelError('NETWORK', `${new URL(address).host} can't be trusted: ${causeOf(error)}`, distrust)
    const reason = limit.reasonOf(error)
    return new Retry(`${what}: ${reason instanceof Silence ? `nothing came for ${silenceSeconds} s` : causeOf(reason)}`)
  }
  prepareNetwork()
  const answer = await fetch(address, { headers: { 'user-agent': 'laurel', ...own, ...headers }, signal: limit.signal })
    .catch((error: unknown) => {
      throw failed(`${new URL(address).host} can't be reached`, error)
    })
    .finally(limit.pause)
  async function* pieces(what: string): AsyncGenerator<Uint8Array> {
    limit.restart()
    try {
      for await (const piece of answer.body ?? []) {
        limit.pause()
        yield piece
        limit.restart()
      }
    } catch (error) {
      throw failed(`${what} broke off`, error)
    } finally {
      limit.pause()
    }
  }
  const leave = async (): Promise<void> => answer.body?.cancel()
  if (answer.ok || answer.status === 416) return { status: answer.status, headers: answer.headers, pieces, leave }
  await leave()
  if (answer.status === 429 || answer.status >= 500)
    throw new Retry(`the server answered with status ${answer.status}`, askedPauseMs(answer.headers))
  throw refusal(answer.status, address, token)
}

/** A failure that may pass. */
export class Retry extends Error {
  readonly pauseMs: number | null
  constructor(message: string, pauseMs: number | null = null) {
    super(message)
    this.pauseMs = pauseMs
  }
}

/** The pause before attempt `n` (from 1): what the server asked for, else doubling from a second, with jitter so that many clients don't return at the same time. */
export const pauseBefore = (n: number, retry: Retry, random: () => number = Math.random): number =>
  Math.min(longestPauseMs, retry.pauseMs ?? 1000 * 2 ** (n - 1) * (0.5 + random() / 2))

/** Does work again after failures that may pass. `isForward`: whether the last attempt got further. */
export async function persist<Result>(
  work: () => Promise<Result>,
  access: HubAccess,
  { attempts, failure, remedy }: Retrying,
  isForward: () => boolean = () => false,
): Promise<Result> {
  const pause = access.pause ?? ((ms: number) => sleep(ms, undefined, { signal: access.signal }))
  for (let n = 1; ; n++) {
    try {
      return await work()
    } catch (error) {
      if (access.signal?.aborted) throw stopped()
      if (!(error instanceof Retry)) throw error
      if (isForward()) n = 1
      if (n >= attempts) throw new LaurelError('NETWORK', `${failure}: ${error.message}.`, remedy, { cause: error })
      await pause(pauseBefore(n, error)).catch(() => {
        throw stopped()
      })
    }
  }
}

function refusal(status: number, address: string, token: string | null): LaurelError {
  const host = new URL(address).host
  if (status === 401 || status === 403) {
    const remedy = `Accept the model's terms on its page at ${host}, create a token there, and set HF_TOKEN to it.`
    return new LaurelError(
      'BAD_INPUT',
      `${host} refuses access${token === null ? '' : ' with this token'}: the model is private, gated, or misspelled.`,
      remedy,
    )
  }
  if (status === 404)
    return new LaurelError(
      'NOT_FOUND',
      `${host} has no such model, revision, or file.`,
      'Check the spelling of OWNER/NAME and of the revision.',
    )
  return new LaurelError('NETWORK', `${host} answered with status ${status}.`, 'Try again later.')
}
