import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type ErrorValue, fromErrorValue, LaurelError } from '../../common/errors.ts'
import { onDisk } from '../../common/on-disk.ts'
import type { DataReader } from './reader.ts'

/** How long the thread is kept after its last answer, milliseconds: it holds the last file read. */
const idleMs = 60_000

/** TypeScript where this is TypeScript (Node strips the types), JavaScript where it is compiled. */
const entry = onDisk(fileURLToPath(new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

interface Reply {
  readonly id: number
  readonly result?: unknown
  readonly error?: ErrorValue
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** The reader of data files in a thread of its own, started when it is first needed and ended when it has been idle. */
export function readingThread() {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0

  function start(): Worker {
    const started = new Worker(entry, { execArgv: [] })
    started.unref()
    started.on('message', ({ id, result, error }: Reply) => {
      const call = waiting.get(id)
      waiting.delete(id)
      if (error === undefined) call?.resolve(result)
      else call?.reject(fromErrorValue(error))
      if (waiting.size === 0) idle = setTimeout(() => void end(), idleMs).unref()
    })
    started.on('error', (error: NodeJS.ErrnoException) => lose(started, error))
    return started
  }

  /** The thread has died: with it the questions it was asked. */
  function lose(dead: Worker, error: NodeJS.ErrnoException): void {
    if (worker === dead) worker = undefined
    const tooLarge = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    const loss = tooLarge
      ? new LaurelError('OUT_OF_MEMORY', 'The file is too large to be read whole.', 'Split it into several files.', { cause: error })
      : new LaurelError('INTERNAL', `Reading failed: ${error.message}`, 'This is a defect of Laurel: please report it.', { cause: error })
    for (const { reject } of waiting.values()) reject(loss)
    waiting.clear()
  }

  async function end(): Promise<void> {
    clearTimeout(idle)
    const ended = worker
    worker = undefined
    await ended?.terminate()
  }

  function ask(method: keyof DataReader, params: unknown): Promise<unknown> {
    clearTimeout(idle)
    worker ??= start()
    const id = ++lastId
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker?.postMessage({ id, method, params })
    })
  }

  const on = <Method extends keyof DataReader>(method: Method) =>
    ((params: unknown) => ask(method, params)) as unknown as DataReader[Method]

  const reader: DataReader = { report: on('report'), rows: on('rows'), row: on('row'), first: on('first'), make: on('make') }
  return { reader, close: end }
}
export type ReadingThread = ReturnType<typeof readingThread>
