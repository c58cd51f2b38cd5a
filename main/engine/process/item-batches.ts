/** At most this often (milliseconds) one request sends items: 20 messages a second whatever the pace of the work. */
const interval = 50

/**
 * Collects a request's items so that a fast producer costs few messages. The first item goes out at once, later ones at
 * the interval, and `flush` sends the rest. Waiting for `push` is waiting for the channel: it is what holds a producer back.
 */
export function itemBatches(send: (items: unknown[]) => Promise<void>, now: () => number = () => performance.now()) {
  let waiting: unknown[] = []
  let lastSent = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (waiting.length === 0) return
    const items = waiting
    waiting = []
    lastSent = now()
    await send(items)
  }

  return {
    async push(item: unknown): Promise<void> {
      waiting.push(item)
      const wait = lastSent + interval - now()
      if (wait <= 0) await flush()
      else timer ??= setTimeout(flush, wait) // for a producer that pauses; a busy one is flushed by its next push
    },
    flush,
  }
}
