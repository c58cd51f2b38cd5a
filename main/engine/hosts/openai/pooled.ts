import { asyncQueue } from '../../../common/async-queue.ts'
import { stopped } from '../../../shared/errors.ts'

/** How long requests in flight may take once the work is to stop: what they bring is stored, and was paid for. Milliseconds. */
const graceMs = 10_000

interface PoolOptions {
  /** Tasks at the same time. */
  readonly limit: number
  readonly signal?: AbortSignal
  readonly grace?: number
}

/**
 * The values of many tasks as they come, a few tasks at the same time. Once the signal aborts, no further task begins; those in flight get a
 * few seconds to end, and the iteration then throws STOPPED. The first task that fails ends it in the same way, with its error. A consumer
 * that leaves ends all of it.
 */
export async function* pooled<Task, Value>(
  tasks: readonly Task[],
  work: (task: Task, signal: AbortSignal) => Promise<readonly Value[]>,
  { limit, signal, grace = graceMs }: PoolOptions,
): AsyncGenerator<Value> {
  const queue = asyncQueue<Value>()
  const cut = new AbortController()
  let next = 0
  let failed: { readonly error: unknown } | undefined
  const isOver = (): boolean => failed !== undefined || cut.signal.aborted || signal?.aborted === true
  let timer: NodeJS.Timeout | undefined
  const onEnd = (): void => {
    timer ??= setTimeout(() => cut.abort(), grace)
  }
  signal?.addEventListener('abort', onEnd, { once: true })
  async function worker(): Promise<void> {
    while (next < tasks.length && !isOver()) {
      const task = tasks[next++]
      try {
        queue.push(await work(task, cut.signal))
      } catch (error) {
        failed ??= { error }
        onEnd()
      }
    }
  }
  void Promise.all(Array.from({ length: Math.min(limit, tasks.length) }, worker)).then(() => {
    if (signal?.aborted) queue.fail(stopped())
    else if (failed !== undefined) queue.fail(failed.error)
    else queue.end()
  })
  try {
    yield* queue
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onEnd)
    cut.abort()
  }
}
