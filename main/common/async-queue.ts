/** Passes values from callbacks to a single `for await` loop. The queue is unbounded: producers must limit how much they push. */
interface AsyncQueue<T> extends AsyncIterable<T> {
  push(values: readonly T[]): void
  /** No more values: the iteration ends after the queued ones. */
  end(): void
  /** No more values: the iteration throws this error after the queued ones. */
  fail(error: unknown): void
}

export function asyncQueue<T>(): AsyncQueue<T> {
  let waiting: T[] = []
  let ending: { readonly error?: unknown } | undefined
  let wake: () => void = () => {}

  async function* read(): AsyncGenerator<T> {
    for (;;) {
      const ready = waiting
      waiting = []
      yield* ready
      if (waiting.length > 0) continue
      if (ending && 'error' in ending) throw ending.error
      if (ending) return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  const close = (how: { readonly error?: unknown }) => {
    ending ??= how
    wake()
  }

  return {
    push(values) {
      for (const value of values) waiting.push(value)
      wake()
    },
    end: () => close({}),
    fail: (error) => close({ error }),
    [Symbol.asyncIterator]: read,
  }
}
