import type { Engine } from '../engine/hosts/engine.ts'
import type { EngineWish } from './runs.ts'

/** How long the engine is kept after its last use, milliseconds: a chat goes on at once, and memory is not held for nobody. */
const idleMs = 120_000

export interface BenchOptions {
  readonly idle?: number
  /** Names the runtime pack that an engine is started with now: once it is another and nothing is at work, another engine is started. */
  readonly runtime?: () => string
}

/**
 * The engine for what belongs to no run: chat, evaluations by hand, a model's sizes. Started when it is first needed, ended when it has been
 * idle, apart from the engine of a run, which it never disturbs but for the processors they share.
 */
export function workbench(startEngine: (wish: EngineWish) => Promise<Engine>, { idle = idleMs, runtime = () => '' }: BenchOptions = {}) {
  let startedWith = ''
  let starting: Promise<Engine> | undefined
  let users = 0
  let timer: NodeJS.Timeout | undefined

  async function end(): Promise<void> {
    clearTimeout(timer)
    const engine = starting
    starting = undefined
    await engine?.then((started) => started.close()).catch(() => {}) // it never came up, or is gone already
  }

  /** The engine that is up, unless it has died meanwhile. */
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
    /** Do something with the engine; it stays up meanwhile. Where it dies under the work, that throws ENGINE_LOST and the next use starts another. */
    async use<Value>(work: (engine: Engine) => Promise<Value>): Promise<Value> {
      const engine = await take()
      try {
        return await work(engine)
      } finally {
        giveBack()
      }
    },
    /** The same for work that gives its results one by one. */
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
export type Workbench = ReturnType<typeof workbench>
