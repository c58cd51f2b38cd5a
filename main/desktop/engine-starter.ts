import type { EngineWish } from '../app/runs/runs.ts'
import type { Engine } from '../engine/hosts/engine.ts'

interface EngineKinds {
  /** Starts an engine in an Electron utility process. `onCrash` is called when it ends unexpectedly. */
  readonly utility: (wish: EngineWish, onCrash: () => void) => Promise<Engine>
  /** Starts an engine with the Node executable `program`. */
  readonly node: (wish: EngineWish, program: string) => Promise<Engine>
  /** Finds a Node executable on this machine. */
  readonly findNode: () => string | undefined
  /** Whether a native runtime is installed, so that an engine without it would be needlessly slow. */
  readonly hasRuntime: () => boolean
  readonly log: (line: string) => void
}

/**
 * Starts engines in Electron utility processes, and falls back to a real Node where those fail: Electron's memory allocator kills a process
 * that allocates 2 GiB in one piece, and a native library may fail to load in a utility process only. So the first engine is checked for
 * its backend, and after a crash the next engine starts in Node, if there is one.
 */
export function engineStarter(kinds: EngineKinds): (wish: EngineWish) => Promise<Engine> {
  let place: 'untried' | 'utility' | 'node' = 'untried'
  const inUtility = (wish: EngineWish): Promise<Engine> => kinds.utility(wish, leaveUtility)

  function leaveUtility(): void {
    if (place === 'node' || kinds.findNode() === undefined) return
    kinds.log('the engine crashed in its utility process; the next one runs in Node')
    place = 'node'
  }

  async function inNode(wish: EngineWish, why: string): Promise<Engine | undefined> {
    const program = kinds.findNode()
    if (program === undefined) {
      kinds.log(`${why}; no Node 22.14 or newer found to run it instead (set LAUREL_NODE to its path)`)
      return undefined
    }
    kinds.log(`${why}; engines run in ${program} from now on`)
    place = 'node'
    return kinds.node(wish, program)
  }

  /** Null if the engine uses the backend it should. */
  async function fault(engine: Engine, wish: EngineWish): Promise<string | null> {
    if (!kinds.hasRuntime() || (wish.backend !== undefined && wish.backend !== 'tensorflow')) return null
    try {
      const { backend, notice } = await engine.info()
      return backend === 'tensorflow' ? null : `couldn't load the native library in a utility process (${notice})`
    } catch (error) {
      return `couldn't start the engine in a utility process (${String(error)})`
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
      place = 'utility' // no alternative
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
