/** Counts the seconds for which one thing was really looked at: it stands still while the window is hidden. */
export function stopwatch(now: () => number = () => performance.now()) {
  let what: number | null = null
  let spent = 0
  let since: number | null = now()
  return {
    /** Something else is looked at from now on; the same goes on. */
    lookAt(next: number | null): void {
      if (next === what) return
      what = next
      spent = 0
      since = now()
    },
    pause(): void {
      if (since !== null) spent += now() - since
      since = null
    },
    resume(): void {
      since ??= now()
    },
    seconds: (): number => (spent + (since === null ? 0 : now() - since)) / 1000,
  }
}
export type Stopwatch = ReturnType<typeof stopwatch>
