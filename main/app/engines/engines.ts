import { testEngine } from '../../engine/hosts/open-engine.ts'
import { servedJudges } from '../../loop/recipe/engine-problems.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { ShownEngine } from '../../shared/contract/engines-contract.ts'
import {
  type ConfiguredEngine,
  type EngineSettings,
  engineName,
  engineRoles,
  isSamePlace,
  thisMachine,
} from '../../shared/engine-settings.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { evaluationSettings, judgeIn } from '../../shared/evaluation-settings.ts'
import type { Store } from '../../store/store.ts'
import type { EngineKeys } from './engine-keys.ts'

/** Engines besides this machine: adding, changing, testing, and removing them. */
export function enginesApi(store: Store, keys: EngineKeys) {
  const shown = (engine: ConfiguredEngine): ShownEngine => {
    const abilities = engine.test?.abilities
    return { ...engine, key: keys.sourceOf(engine), judges: abilities == null ? null : servedJudges(abilities) }
  }

  /** What is running and uses an engine. */
  const userOf = (name: string): string | undefined =>
    [...store.jobs.workedOn()].map((id) => nameOfUser(store, id, name)).find((user) => user !== undefined)

  /** Throws BUSY if something that is running uses it. */
  function mustBeUnused(name: string): void {
    store.engines.resolve(name)
    const user = userOf(name)
    if (user !== undefined) throw new LaurelError('BUSY', `${user} is using the engine ${name}.`, 'Pause it first.')
  }

  return {
    list: (): ShownEngine[] => store.engines.list().map(shown),
    /** Throws NOT_FOUND. */
    find: (name: string): ShownEngine => shown(store.engines.resolve(name)),

    add(name: string, settings: EngineSettings, key: string | null): void {
      const parsed = engineName.safeParse(name)
      if (!parsed.success) throw badInput(`An engine can't be called "${name}".`, 'Use letters, digits, dots, dashes, and underscores.')
      if (name === thisMachine) throw badInput(`${thisMachine} is this machine.`, 'Choose another name.')
      store.engines.add(name, settings)
      try {
        if (key !== null) keys.set(store.engines.resolve(name), key)
      } catch (error) {
        store.engines.remove(name)
        throw error
      }
    },

    /**
     * Changes an engine's settings. Its test is dropped if they are another server's or another model's. Throws BUSY if something that is
     * running uses it: what it has asked and what it asks next would differ without a trace. A chat or a round of the arena may use it: what it
     * has asked ends as it began, under the name of the model that answered.
     */
    edit(name: string, settings: EngineSettings): ShownEngine {
      const { settings: before, test } = store.engines.resolve(name)
      if (before.kind !== settings.kind) throw badInput(`${name} is another kind of engine.`, 'Add one of that kind under another name.')
      mustBeUnused(name)
      store.engines.setSettings(name, settings, isSamePlace(before, settings) ? test : null)
      return shown(store.engines.resolve(name))
    },

    setKey: (name: string, key: string): void => keys.set(store.engines.resolve(name), key),
    removeKey: (name: string): void => keys.remove(store.engines.resolve(name).name),

    /** Tests an engine, and stores the result. Throws NETWORK if it can't be reached, and BAD_INPUT if it refuses the key. */
    async test(name: string, signal: AbortSignal): Promise<ShownEngine> {
      const engine = store.engines.resolve(name)
      store.engines.setTest(engine, await testEngine(engine, keys.keyOf(engine), signal))
      return shown(store.engines.resolve(name))
    },

    mustBeUnused,

    remove(name: string): void {
      mustBeUnused(name)
      store.engines.remove(name)
      keys.remove(name)
    },
  }
}
export type EnginesApi = ReturnType<typeof enginesApi>

/** A job in words if it uses an engine. */
function nameOfUser(store: Store, jobId: string, engine: string): string | undefined {
  const run = store.runs.find(jobId)
  if (run !== undefined) return engineRoles.some((role) => storedRecipe(run).engines[role] === engine) ? `Run ${jobId}` : undefined
  const evaluationId = store.jobs.find(jobId)?.evaluationId
  if (evaluationId == null) return undefined
  const { data } = evaluationSettings.safeParse(store.evaluations.find(evaluationId).settings)
  return data !== undefined && judgeIn(data)?.engine === engine ? `Evaluation ${evaluationId}` : undefined
}
