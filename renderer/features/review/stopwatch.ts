/** Measures the time spent looking at one item; paused while the window is hidden. */
export function stopwatch(now: () => number = () => performance.now()) {
  let what: string | null = null
  let spent = 0
  let since: number | null = now()
  return {
    /** Switches to another item and resets; for the same item, does nothing. */
    lookAt(next: string | null): void {
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
