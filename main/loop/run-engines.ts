import type { Secret } from '../common/secret.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import { openEngine } from '../engine/hosts/open-engine.ts'
import type { RequestUsage } from '../engine/hosts/reporting-engine.ts'
import { stoppableEngine } from '../engine/hosts/stoppable-engine.ts'
import { type ConfiguredEngine, type EngineRole, otherEngines, thisMachine } from '../shared/engine-settings.ts'
import { LaurelError } from '../shared/errors.ts'
import type { Recipe } from '../shared/recipe.ts'
import type { Store } from '../store/store.ts'
import type { EngineUsageRow, UsageOwner } from '../store/tables/engine-usage-table.ts'

/** The engines of a run: this machine's, and those that its recipe names. */
export interface RunEngines {
  /** This machine's. */
  readonly local: Engine
  readonly of: (role: EngineRole) => Engine
  /** Ends them all. */
  close(): Promise<void>
}

/** Every role on one engine. */
export const onOneEngine = (engine: Engine): RunEngines => ({ local: engine, of: () => engine, close: () => engine.close() })

interface RunEnginesOptions {
  readonly home: string
  readonly recipe: Pick<Recipe, 'engines'>
  readonly local: Engine
  readonly keyOf: (engine: ConfiguredEngine) => Secret | null
  readonly store: Store
  readonly runId: string
  readonly stop: AbortSignal
}

/** Opens the engines that a recipe names. `of` throws NOT_FOUND if this machine's user has configured none of that name. */
export async function openRunEngines({ home, recipe, local, keyOf, store, runId, stop }: RunEnginesOptions): Promise<RunEngines> {
  const found = otherEngines(recipe.engines).flatMap((name) => store.engines.find(name) ?? [])
  const others = new Map<string, Engine>()
  for (const engine of found) {
    const onUsage = storingUsage(store, { runId }, engine)
    others.set(engine.name, stoppableEngine(await openEngine(engine, { home, key: keyOf(engine), onUsage }), stop))
  }
  return {
    local,
    of(role) {
      const name = recipe.engines[role]
      const found = name === thisMachine ? local : others.get(name)
      if (found !== undefined) return found
      throw new LaurelError('NOT_FOUND', `There is no engine ${name}.`, `Add it, or set engines.${role} to ${thisMachine}.`)
    },
    async close() {
      await Promise.allSettled([...others.values(), local].map((engine) => engine.close())) // one may have exited already
    },
  }
}

/** Adds what requests to an engine take to what the one who asks has asked of it. */
export const storingUsage =
  (store: Store, owner: UsageOwner, engine: ConfiguredEngine) =>
  (usage: RequestUsage): void =>
    store.engineUsage.add(owner, usageRow(engine, usage))

/** What a request took, with its cost at the engine's prices. */
export function usageRow({ name, settings }: ConfiguredEngine, usage: RequestUsage): EngineUsageRow {
  const { model, prices } = settings.kind === 'openai' ? settings : { model: '', prices: null }
  const cost = prices && (usage.promptTokens * prices.input + usage.newTokens * prices.output) / 1e6
  return { ...usage, engine: name, model, cost, currency: prices?.currency ?? null }
}

/** The same work on the engine of a role. */
export const inRole = <Work extends { readonly engines: RunEngines }>(
  work: Work,
  role: EngineRole,
): Work & { readonly engine: Engine } => ({
  ...work,
  engine: work.engines.of(role),
})

/** The model that answers a request to an engine: the engine's own if it has one, else the one named. */
export const answering = <Model extends { readonly name: string }>({ host }: Engine, model: Model): Model =>
  host === undefined || host.model === null ? model : { ...model, name: `${host.name} (${host.model})` }
