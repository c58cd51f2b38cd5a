import { engineKeys } from '../app/engines/engine-keys.ts'
import { homeFolder, homePaths } from '../common/home.ts'
import { keepPrivate } from '../common/private-files.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import { openEngine } from '../engine/hosts/open-engine.ts'
import { type RequestUsage, usageSum } from '../engine/hosts/reporting-engine.ts'
import { judgeOn } from '../loop/evaluation/judge-engine.ts'
import { checkServesJudge, servedJudges } from '../loop/recipe/engine-problems.ts'
import { usageRow } from '../loop/run-engines.ts'
import { type EngineUse, engineUse } from '../shared/contract/runs-contract.ts'
import type { ConfiguredEngine } from '../shared/engine-settings.ts'
import { engineUseText } from '../shared/engine-use-text.ts'
import { badInput } from '../shared/errors.ts'
import type { JudgeMethod } from '../shared/recipe.ts'
import { snakeKeys } from '../shared/snake-keys.ts'
import { openStore } from '../store/store.ts'
import type { EngineOptions } from './options.ts'

/** What `--engine` does for a command that judges. */
export const engineHelp = 'judge on this configured engine: a server, with its own model, or a Ray cluster (default: this machine)'

/** A configured engine. Throws NOT_FOUND. */
export function engineNamed(name: string): ConfiguredEngine {
  const home = homeFolder()
  keepPrivate(home)
  const store = openStore(homePaths(home).database)
  try {
    return store.engines.resolve(name)
  } finally {
    store.close()
  }
}

/** Opens configured engines, with their keys. */
export const engineOpener =
  (home: string) =>
  (engine: ConfiguredEngine, onUsage: (usage: RequestUsage) => void): Promise<Engine> =>
    openEngine(engine, { home, key: engineKeys(home).keyOf(engine), onUsage })

/** An engine that prints at its end what it was asked. */
async function countedEngine(configured: ConfiguredEngine): Promise<Engine> {
  const { total, add } = usageSum()
  const engine = await engineOpener(homeFolder())(configured, add)
  return {
    ...engine,
    async close() {
      await engine.close()
      if (total.requests > 0) printUse([engineUse.parse(snakeKeys(usageRow(configured, total)))])
    },
  }
}

/** Prints what engines were asked, a line each, to standard error. */
export const printUse = (uses: readonly EngineUse[]): void => {
  for (const use of uses) process.stderr.write(`asked ${engineUseText(use)}\n`)
}

/** Options of a command that judges. */
export interface JudgePlaceOptions extends EngineOptions {
  readonly model?: string
  readonly engine?: string
}

/** An engine elsewhere that a command judges on. */
export interface JudgePlace {
  readonly configured: ConfiguredEngine
  /** Whether the model that judges is the engine's own: none is loaded. */
  readonly isOwnModel: boolean
  readonly start: () => Promise<Engine>
}

/** Where a command's `--engine` has it judge; null: on this machine. Throws NOT_FOUND, or BAD_INPUT for options that don't go together. */
export function judgePlace({ engine, model, backend, precision, threads }: JudgePlaceOptions): JudgePlace | null {
  if (engine === undefined) return null
  if (backend !== undefined || precision !== undefined || threads !== undefined) {
    throw badInput('--backend, --precision, and --threads are settings of this machine.', 'Leave them out with --engine.')
  }
  const configured = engineNamed(engine)
  const { path } = judgeOn(configured, model === undefined ? null : { id: model, label: model, path: model })
  return { configured, isOwnModel: path === '', start: () => countedEngine(configured) }
}

/** Throws BAD_INPUT if the engine can't serve one of the methods. */
export function checkPlace(place: JudgePlace | null, methods: readonly JudgeMethod[]): void {
  if (place !== null) for (const method of methods) checkServesJudge(place.configured, method, 'leave out --engine')
}

/** The methods that the engine is known not to serve, with what it lacks. */
export function refusedBy(place: JudgePlace | null): ReadonlyMap<JudgeMethod, string> {
  const abilities = place?.configured.test?.abilities
  if (abilities == null) return new Map()
  return new Map(servedJudges(abilities).flatMap(({ method, lacks }) => (lacks === null ? [] : [[method, lacks]])))
}
