import type { EngineWish } from '../api/runs.ts'
import type { Engine } from '../engine/hosts/engine.ts'

export interface EngineKinds {
  /** In one of Electron's utility processes; `onCrash` is told when it ends unasked. */
  readonly utility: (wish: EngineWish, onCrash: () => void) => Promise<Engine>
  /** In a real Node, which is given. */
  readonly node: (wish: EngineWish, program: string) => Promise<Engine>
  /** A Node of this machine. */
  readonly findNode: () => string | undefined
  /** Whether a native runtime is installed, so that an engine without it is slower than it need be. */
  readonly hasRuntime: () => boolean
  readonly log: (line: string) => void
}

/**
 * Starts engines in utility processes, and in a real Node where those turn out not to do: Electron's own memory allocator ends a process
 * that asks for 2 GiB in one piece, and a native library may fail to load there alone. The first engine is therefore asked what it computes
 * with, and one that died makes the next one start in Node, where there is one.
 */
export function engineStarter(kinds: EngineKinds): (wish: EngineWish) => Promise<Engine> {
  let place: 'untried' | 'utility' | 'node' = 'untried'
  const inUtility = (wish: EngineWish): Promise<Engine> => kinds.utility(wish, leaveUtility)

  function leaveUtility(): void {
    if (place === 'node' || kinds.findNode() === undefined) return
    kinds.log('an engine died in its utility process; the next one runs in Node')
    place = 'node'
  }

  async function inNode(wish: EngineWish, why: string): Promise<Engine | undefined> {
    const program = kinds.findNode()
    if (program === undefined) {
      kinds.log(`${why}; there is no Node 22.14 or newer to run it instead (LAUREL_NODE names one)`)
      return undefined
    }
    kinds.log(`${why}; engines run in ${program} from now on`)
    place = 'node'
    return kinds.node(wish, program)
  }

  /** Null: it is as it should be. */
  async function fault(engine: Engine, wish: EngineWish): Promise<string | null> {
    if (!kinds.hasRuntime() || (wish.backend !== undefined && wish.backend !== 'tensorflow')) return null
    try {
      const { backend, notice } = await engine.info()
      return backend === 'tensorflow' ? null : `the native library does not load in a utility process (${notice})`
    } catch (error) {
      return `the engine does not start in a utility process (${String(error)})`
    }
  }

  async function firstTime(wish: EngineWish): Promise<Engine> {
    const engine = await inUtility(wish)
    const why = await fault(engine, wish)
    if (why === null) {
      place = 'utility'
      return engine
    }
    const other = await inNode(wish, why)
    if (other === undefined) {
      place = 'utility' // the best there is
      return engine
    }
    await engine.close()
    return other
  }

  return async (wish) => {
    const program = place === 'node' ? kinds.findNode() : undefined
    if (program !== undefined) return kinds.node(wish, program)
    return place === 'untried' ? firstTime(wish) : inUtility(wish)
  }
}
