/** Minimum interval between a request's item messages, in milliseconds: at most 20 messages a second. */
const interval = 50

/**
 * Batches a request's items so that a fast producer sends few messages. The first item is sent immediately, later ones at the interval, and
 * `flush` sends the rest. Awaiting `push` waits for the channel, which applies backpressure to the producer.
 */
export function resultBatches(send: (items: unknown[]) => Promise<void>, now: () => number = () => performance.now()) {
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
