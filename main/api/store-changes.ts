import type { Store } from '../store/store.ts'

/** How often the store is looked at for what other processes did, milliseconds: their only trace is the store. */
const lookMs = 250

/** Tells when something was stored. */
export interface StoreChanges {
  /** Counts looks that found a change; what was read since the count was taken is not missed by `after`. */
  count(): number
  /** Resolves with the first look that finds a change after `count` was this, or when `signal` aborts. */
  after(count: number, signal?: AbortSignal): Promise<void>
  /** Something happened that is not in the store: the next look counts as a change. */
  mark(): void
}

const known = new WeakMap<Store, StoreChanges>()

/** One look for everybody who watches the store, and none while nobody does. */
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
