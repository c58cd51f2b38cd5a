/** The user's choice when the application quits while a run is active. */
export type QuitAnswer = 'pause' | 'background' | 'cancel'

interface QuitWays {
  /** Names of the active runs. */
  readonly active: () => readonly string[]
  readonly ask: (runs: readonly string[]) => Promise<QuitAnswer>
  /** Asked while the runs pause, which can take as long as a unit of work: true to quit immediately. */
  readonly askAtOnce: () => Promise<boolean>
  readonly exitAtOnce: () => void
  readonly background: () => void
  /** Called when closing starts. */
  readonly closing: () => void
  /** Pauses active runs and closes the application. */
  readonly close: () => Promise<void>
  /** Ends the process, after everything is closed. */
  readonly exit: () => void
  readonly log: (line: string) => void
}

/** Quits the application: asks first if a run is active, and closes everything before the process ends. */
export function quitting(ways: QuitWays) {
  let state: 'open' | 'asking' | 'closing' | 'closed' = 'open'

  async function close(): Promise<void> {
    state = 'closing'
    ways.closing()
    await ways.close().catch((error: unknown) => ways.log(`couldn't close cleanly: ${String(error)}`))
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
    /** Handles a request to quit. True: the process may end now. False: not yet; it quits later unless the user cancels. */
    request(): boolean {
      if (state === 'closed') return true
      if (state === 'closing') void askAgain()
      if (state === 'open') {
        const runs = ways.active()
        void (runs.length > 0 ? askFirst(runs) : close())
      }
      return false
    },
    /** The system is shutting down: closes without asking. */
    now: (): void => {
      if (state !== 'closing' && state !== 'closed') void close()
    },
    isClosing: (): boolean => state === 'closing',
    isClosed: (): boolean => state === 'closed',
  }
}
export type Quitting = ReturnType<typeof quitting>
