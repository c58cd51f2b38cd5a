import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../../engine/hosts/engine.ts'
import type { RunningEngine } from '../../shared/contract/doctor-contract.ts'
import type { EngineInfo, EngineUsage } from '../../shared/engine-protocol.ts'
import type { EngineWish } from '../runs/runs.ts'

type Purpose = RunningEngine['purpose']

interface Known {
  readonly purpose: Purpose
  readonly since: string
  readonly engine: Engine
  info: EngineInfo | null
  usage: { readonly value: EngineUsage; readonly at: string } | null
  /** The unanswered question. */
  asked: Promise<void> | null
}

/** Milliseconds that a list waits for engines to answer. */
const answerMs = 200

/** The engines running in this process, and their purposes. `start` starts one, depending on the front end. */
export function engineRegistry(start: (wish: EngineWish) => Promise<Engine>) {
  const known = new Set<Known>()

  const starter = (purpose: Purpose) => async (wish: EngineWish) => {
    const engine = await start(wish)
    const entry: Known = { purpose, since: new Date().toISOString(), engine, info: null, usage: null, asked: null }
    known.add(entry)
    const watched: Engine = {
      ...engine,
      // Cached, since the question queues behind the engine's current work.
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

  function ask(entry: Known): Promise<void> {
    entry.asked ??= entry.engine
      .usage()
      .then(
        (value) => {
          entry.usage = { value, at: new Date().toISOString() }
        },
        () => void known.delete(entry),
      )
      .finally(() => {
        entry.asked = null
      })
    return entry.asked
  }

  return {
    /** What the newest engine for a purpose reports now, between two units of its work; null: there is none. */
    async usageOf(purpose: Purpose): Promise<EngineUsage | null> {
      const entry = [...known].findLast((one) => one.purpose === purpose)
      if (entry === undefined) return null
      await ask(entry)
      return entry.usage?.value ?? null
    },
    starter,
    /** The running engines, with what is known of each: a busy one may take a while to answer. Drops those that have exited. */
    async list(): Promise<RunningEngine[]> {
      await Promise.all([...known].map((entry) => Promise.race([ask(entry), sleep(answerMs, undefined, { ref: false })])))
      return [...known].map(({ purpose, since, info, usage }) => ({
        ...{ purpose, since, info },
        usage: usage?.value ?? null,
        usageAt: usage?.at ?? null,
      }))
    },
  }
}
export type EngineRegistry = ReturnType<typeof engineRegistry>
