/** Hands values from callbacks to one `for await`. Values wait without limit: whoever fills it sees to it that they are few. */
export interface AsyncQueue<T> extends AsyncIterable<T> {
  push(values: readonly T[]): void
  /** No more values: the iteration ends after those that wait. */
  end(): void
  /** No more values: the iteration throws this after those that wait. */
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
