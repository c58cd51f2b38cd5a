/**
 * Waiting that can be ended from outside. `Promise.race` with a promise that lives longer would keep every value until that one settles.
 */
export function interruptible() {
  const waiting = new Set<(error: unknown) => void>()
  let reason: { readonly error: unknown } | undefined
  return {
    /** Ends all waiting, now and later, with an error. Only the first one counts. */
    interrupt(error: unknown): void {
      reason ??= { error }
      for (const reject of waiting) reject(reason.error)
      waiting.clear()
    },
    /** The value of some work, unless the waiting is ended before. */
    orInterrupted: <Value>(work: Promise<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        if (reason === undefined) waiting.add(reject)
        else reject(reason.error)
        void work.then(resolve, reject).finally(() => waiting.delete(reject))
      }),
  }
}
