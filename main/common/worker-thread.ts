import { Worker } from 'node:worker_threads'
import { type ErrorValue, fromErrorValue, LaurelError } from './errors.ts'

/** How long a thread is kept after its last answer, milliseconds. */
const idleMs = 60_000

/** A question to a thread; the answer carries the same id. */
export interface Question {
  readonly id: number
  readonly method: string
  readonly params: unknown
}

/** A thread's answer: `result`, or `error`. */
export interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: ErrorValue
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: unknown): void
}

export interface WorkerThreadOptions {
  /** The script it runs, on disk. */
  readonly entry: string
  /** Given to the script as `workerData`. */
  readonly data?: unknown
  /** What the caller is told where the thread ran out of memory. */
  readonly tooLarge: LaurelError
}

/** A thread that answers questions in the order in which they come: started when it is first needed, ended when it has been idle. */
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

  /** The thread has died: with it the questions it was asked. */
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
      worker.ref() // an answer that is waited for keeps the process alive
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
