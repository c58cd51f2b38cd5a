import type { Store } from '../store/store.ts'

/** Milliseconds between polls for other processes' writes, which only the store shows. */
const lookMs = 250

/** Notifies about changes in the store. */
interface StoreChanges {
  /** Number of polls that found a change. Read it before reading data, then `after` misses nothing. */
  count(): number
  /** Resolves at the first change after `count` had this value, or when `signal` aborts. */
  after(count: number, signal?: AbortSignal): Promise<void>
  /** Reports a change that isn't in the store: the next poll counts as one. */
  mark(): void
}

const known = new WeakMap<Store, StoreChanges>()

/** One poll for all subscribers, and none without subscribers. */
export function changesOf(store: Store): StoreChanges {
  const found = known.get(store)
  if (found !== undefined) return found
  const made = watch(() => store.maintenance.version())
  known.set(store, made)
  return made
}

function watch(version: () => string): StoreChanges {
  const waiting = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined
  let seen: string | undefined
  let count = 0
  let isMarked = false

  function look(): void {
    const now = version()
    if (now === seen && !isMarked) return
    seen = now
    isMarked = false
    count++
    for (const resolve of [...waiting]) resolve()
  }

  return {
    count: () => count,
    after: (since, signal) =>
      new Promise((resolve) => {
        if (since !== count || signal?.aborted) return resolve()
        const done = (): void => {
          waiting.delete(done)
          signal?.removeEventListener('abort', done)
          if (waiting.size === 0) {
            clearInterval(timer)
            timer = undefined
          }
          resolve()
        }
        waiting.add(done)
        signal?.addEventListener('abort', done, { once: true })
        timer ??= setInterval(look, lookMs)
      }),
    mark() {
      isMarked = true
    },
  }
}
