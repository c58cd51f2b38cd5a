/** Minimum interval between a request's item messages, in milliseconds, apart from one that ends a burst. */
const interval = 50

/**
 * Batches a request's items so that a fast producer sends few messages: at most 40 a second. The first item is sent immediately, what
 * arrives with it in the same turn of the event loop at the turn's end (the work of a following turn may keep the thread busy for seconds),
 * later ones at the interval, and `flush` sends the rest. Awaiting `push` waits for the channel, which applies backpressure to the producer.
 */
export function resultBatches(send: (items: unknown[]) => Promise<void>, now: () => number = () => performance.now()) {
  let waiting: unknown[] = []
  let lastSent = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let turn: NodeJS.Immediate | undefined
  let burstEnds = false // whether the first message after an interval may be followed by another immediately

  async function flush(): Promise<void> {
    clearTimeout(timer)
    clearImmediate(turn)
    timer = undefined
    turn = undefined
    if (waiting.length === 0) return
    const items = waiting
    waiting = []
    lastSent = now()
    await send(items)
  }

  function flushAtTurnEnd(): void {
    burstEnds = false
    turn = setImmediate(flush)
  }

  return {
    async push(item: unknown): Promise<void> {
      waiting.push(item)
      const wait = lastSent + interval - now()
      if (wait <= 0) {
        burstEnds = true
        await flush()
      } else if (burstEnds) flushAtTurnEnd()
      else if (turn === undefined) timer ??= setTimeout(flush, wait) // for a producer that pauses; a busy one is flushed by its next push
    },
    flush,
  }
}
