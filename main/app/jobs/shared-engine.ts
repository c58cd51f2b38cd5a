import type { Engine } from '../../engine/hosts/engine.ts'
import type { EngineWish } from '../runs/runs.ts'

/** Milliseconds that the engine is kept after its last use: a chat continues without a restart, but idle memory is freed. */
const idleMs = 120_000

interface SharedEngineOptions {
  readonly idle?: number
  /** Name of the runtime pack that engines use now. When it changes, the engine is replaced as soon as it is idle. */
  readonly runtime?: () => string
}

/**
 * The engine for work outside runs: chat, standalone evaluations, model sizes. It starts at first use and ends when idle. It is separate
 * from a run's engine, and shares only the processors with it.
 */
export function workbench(
  startEngine: (wish: EngineWish) => Promise<Engine>,
  { idle = idleMs, runtime = () => '' }: SharedEngineOptions = {},
) {
  let startedWith = ''
  let starting: Promise<Engine> | undefined
  let users = 0
  let timer: NodeJS.Timeout | undefined

  async function end(): Promise<void> {
    clearTimeout(timer)
    const engine = starting
    starting = undefined
    await engine?.then((started) => started.close()).catch(() => {}) // it never started, or has already exited
  }

  /** The running engine, unless it has died. */
  async function living(): Promise<Engine | undefined> {
    const known = starting
    try {
      const engine = await known
      await engine?.usage()
      return engine
    } catch {
      if (starting === known) starting = undefined
      return undefined
    }
  }

  async function take(): Promise<Engine> {
    clearTimeout(timer)
    users++
    try {
      if (users === 1 && starting !== undefined && startedWith !== runtime()) await end()
      const engine = await living()
      if (engine !== undefined) return engine
      if (starting === undefined) startedWith = runtime()
      starting ??= startEngine({ precision: 'auto' })
      return await starting
    } catch (error) {
      starting = undefined
      giveBack()
      throw error
    }
  }

  function giveBack(): void {
    users--
    if (users === 0) timer = setTimeout(() => void end(), idle).unref()
  }

  return {
    /** Runs `work` on the engine, which stays up meanwhile. If it dies, throws ENGINE_LOST, and the next use starts another. */
    async use<Value>(work: (engine: Engine) => Promise<Value>): Promise<Value> {
      const engine = await take()
      try {
        return await work(engine)
      } finally {
        giveBack()
      }
    },
    /** The same for work that yields its results one by one. */
    async *stream<Value>(work: (engine: Engine) => AsyncIterable<Value>): AsyncGenerator<Value> {
      const engine = await take()
      try {
        yield* work(engine)
      } finally {
        giveBack()
      }
    },
    isUp: (): boolean => starting !== undefined,
    close: end,
  }
}
export type SharedEngine = ReturnType<typeof workbench>
