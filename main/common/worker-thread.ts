import { parentPort, Worker } from 'node:worker_threads'
import { type ErrorValue, fromErrorValue, LaurelError, toErrorValue } from '../shared/errors.ts'

/** How long an idle thread is kept, milliseconds. */
const idleMs = 60_000

/** A request to a thread; the response has the same ID. */
interface Question {
  readonly id: number
  readonly method: string
  readonly params: unknown
}

/** A thread's response: `result`, or `error`. */
interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: ErrorValue
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: unknown): void
}

interface WorkerThreadOptions {
  /** The path of its script. */
  readonly entry: string
  /** Passed to the script as `workerData`. */
  readonly data?: unknown
  /** The error that callers get if the thread runs out of memory. */
  readonly tooLarge: LaurelError
}

/** A thread that answers requests in order. It starts on the first request and ends after an idle period. */
export function workerThread({ entry, data, tooLarge }: WorkerThreadOptions) {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0

  function start(): Worker {
    const started = new Worker(entry, { execArgv: [], workerData: data })
    started.unref()
    started.on('message', ({ id, result, error }: Answer) => {
      const call = waiting.get(id)
      waiting.delete(id)
      if (error === undefined) call?.resolve(result)
      else call?.reject(fromErrorValue(error))
      if (waiting.size === 0) {
        started.unref()
        idle = setTimeout(() => void end(), idleMs).unref()
      }
    })
    started.on('error', (error: NodeJS.ErrnoException) => lose(started, error))
    started.on('exit', () => {
      if (worker === started && waiting.size > 0) lose(started, new Error('the thread ended'))
    })
    return started
  }

  /** Rejects all pending requests of a thread that has died. */
  function lose(dead: Worker, error: NodeJS.ErrnoException): void {
    if (worker === dead) worker = undefined
    const loss =
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? tooLarge
        : new LaurelError('INTERNAL', `A thread failed: ${error.message}`, 'This is a bug in Laurel. Please report it.', { cause: error })
    for (const { reject } of waiting.values()) reject(loss)
    waiting.clear()
  }

  async function end(): Promise<void> {
    clearTimeout(idle)
    const ended = worker
    worker = undefined
    const loss = new LaurelError('STOPPED', 'Laurel is closing.', 'Start it again.')
    for (const { reject } of waiting.values()) reject(loss)
    waiting.clear()
    await ended?.terminate()
  }

  return {
    ask(method: string, params: unknown): Promise<unknown> {
      clearTimeout(idle)
      worker ??= start()
      worker.ref() // a pending request keeps the process alive
      const id = ++lastId
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        worker?.postMessage({ id, method, params } satisfies Question)
      })
    },
    close: end,
  }
}
export type WorkerThread = ReturnType<typeof workerThread>

/** In such a thread: answers one request at a time, in order of arrival. `explained`: what callers get for an error. */
export function answerRequests(
  answer: (method: string, params: unknown) => unknown,
  explained: (thrown: unknown) => unknown = (thrown) => thrown,
): void {
  const reply = (message: Answer): void => parentPort?.postMessage(message)
  let turn: Promise<void> = Promise.resolve()
  parentPort?.on('message', ({ id, method, params }: Question) => {
    turn = turn.then(async () => {
      try {
        reply({ id, result: await answer(method, params) })
      } catch (thrown) {
        reply({ id, error: toErrorValue(explained(thrown)) })
      }
    })
  })
}
