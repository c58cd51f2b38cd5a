import type { Engine } from '../../engine/hosts/engine.ts'
import type { EngineInfo } from '../../engine/protocol.ts'
import type { RunningEngine } from '../contract/doctor.ts'
import type { EngineWish } from '../runs.ts'

type Purpose = RunningEngine['purpose']

interface Known {
  readonly purpose: Purpose
  readonly since: string
  readonly engine: Engine
  info: EngineInfo | null
}

/** Which engines of this process are up, and what for. `start` starts one, as the surface does. */
export function engineRegistry(start: (wish: EngineWish) => Promise<Engine>) {
  const known = new Set<Known>()

  const starter = (purpose: Purpose) => async (wish: EngineWish) => {
    const engine = await start(wish)
    const entry: Known = { purpose, since: new Date().toISOString(), engine, info: null }
    known.add(entry)
    const watched: Engine = {
      ...engine,
      // Kept, since the question waits for its turn behind whatever the engine works on.
      info: async () => {
        entry.info = await engine.info()
        return entry.info
      },
      close: () => {
        known.delete(entry)
        return engine.close()
      },
    }
    return watched
  }

  return {
    starter,
    /** Those that are up. One that does not answer has died, and is forgotten. */
    async list(): Promise<RunningEngine[]> {
      const listed = [...known].map(async (entry) => {
        const usage = await entry.engine.usage().catch(() => null)
        if (usage === null) known.delete(entry)
        return { purpose: entry.purpose, since: entry.since, info: entry.info, usage }
      })
      return (await Promise.all(listed)).filter(({ usage }) => usage !== null)
    },
  }
}
export type EngineRegistry = ReturnType<typeof engineRegistry>
