/** What a person can answer when the application is to end while a run is active. */
export type QuitAnswer = 'pause' | 'background' | 'cancel'

export interface QuitWays {
  /** Names of the runs worked on. */
  readonly active: () => readonly string[]
  readonly ask: (runs: readonly string[]) => Promise<QuitAnswer>
  /** While the runs pause, which may take as long as a unit of work: whether to end at once after all. */
  readonly askAtOnce: () => Promise<boolean>
  readonly exitAtOnce: () => void
  readonly background: () => void
  /** Told that closing has begun. */
  readonly closing: () => void
  /** Pauses what is worked on and closes the application. */
  readonly close: () => Promise<void>
  /** Everything is closed: the process may end. */
  readonly exit: () => void
  readonly log: (line: string) => void
}

/** How the application ends: by a question where a run is active, and never without closing what is open. */
export function quitting(ways: QuitWays) {
  let state: 'open' | 'asking' | 'closing' | 'closed' = 'open'

  async function close(): Promise<void> {
    state = 'closing'
    ways.closing()
    await ways.close().catch((error: unknown) => ways.log(`closing failed: ${String(error)}`))
    state = 'closed'
    ways.exit()
  }

  async function askFirst(runs: readonly string[]): Promise<void> {
    state = 'asking'
    const answer = await ways.ask(runs).catch((): QuitAnswer => 'cancel')
    if (answer === 'pause') return close()
    state = 'open'
    if (answer === 'background') ways.background()
  }

  async function askAgain(): Promise<void> {
    if (await ways.askAtOnce().catch(() => false)) ways.exitAtOnce()
  }

  return {
    /** Somebody wants the application to end. True: it may end now; false: not yet, and it ends by itself where that is wanted. */
    request(): boolean {
      if (state === 'closed') return true
      if (state === 'closing') void askAgain()
      if (state === 'open') {
        const runs = ways.active()
        void (runs.length > 0 ? askFirst(runs) : close())
      }
      return false
    },
    /** The machine goes down: no question. */
    now: (): void => {
      if (state !== 'closing' && state !== 'closed') void close()
    },
    isClosing: (): boolean => state === 'closing',
    isClosed: (): boolean => state === 'closed',
  }
}
export type Quitting = ReturnType<typeof quitting>
