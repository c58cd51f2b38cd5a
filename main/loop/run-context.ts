import { join } from 'node:path'
import { homePaths } from '../common/home.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { FinishReason, Sampling } from '../shared/engine-protocol.ts'
import type { Figures } from '../shared/evaluation-settings.ts'
import type { Recipe } from '../shared/recipe.ts'
import type { RunEvent, StageName } from '../shared/run-events.ts'
import type { Precision } from '../shared/train-config.ts'
import type { Store } from '../store/store.ts'
import type { ModelRow } from '../store/tables/models-table.ts'
import type { RunEngines } from './run-engines.ts'

/** A response to check. */
export interface CheckedAnswer {
  readonly prompt: string
  readonly text: string
  readonly finishReason: FinishReason
}

/**
 * An external evaluation: each model of the run answers the prompts, and `measure` computes figures from the answers. The figures never
 * influence the loop.
 */
export interface Checker {
  readonly name: string
  /** Progress label while answers are generated: 'greedy answers'. */
  readonly label: string
  readonly prompts: readonly string[]
  readonly sampling: Sampling
  /** The first figure is the one that the guards watch: larger is better. */
  measure(answers: readonly CheckedAnswer[]): Figures
}

/** What engine requests need. A stage of a run provides it, and so does work that belongs to no run. */
export interface EngineWork {
  readonly engine: Engine
  readonly recipe: Pick<Recipe, 'batch' | 'chunk' | 'random'>
  /** Aborted when the user requests a stop. */
  readonly signal: AbortSignal
}

/** What every stage of a run needs. */
export interface RunContext {
  readonly runId: string
  readonly recipe: Recipe
  readonly store: Store
  /** `inRole` gives a stage the engine of its kind of work. */
  readonly engines: RunEngines
  /** The precision the engine actually uses. */
  readonly precision: Precision
  readonly home: string
  /** Aborted when the user stops or ends the run: stop after the current unit. */
  readonly signal: AbortSignal
  /** The user wants to stop the run and resume it later. */
  readonly stop: AbortSignal
  /** The user wants to end the run with its current results: a training in progress keeps its model. */
  readonly conclude: AbortSignal
  readonly tell: (event: RunEvent) => void
  readonly checkers: readonly Checker[]
}

/** The context of a stage: the run, plus the iteration and the stage. */
export interface Stage extends RunContext {
  readonly iteration: number
  readonly stage: StageName
}

/** Folder of one of the run's models. */
export const modelFolder = ({ home, runId }: RunContext, name: string): string => join(homePaths(home).run(runId), 'models', name)

export const checkpointFolder = ({ home, runId }: RunContext, name: string): string => join(homePaths(home).run(runId), 'checkpoints', name)

/** A model of the run. Throws if it doesn't exist yet. */
export function modelNamed({ store, runId }: RunContext, name: string): ModelRow {
  const model = store.models.find(runId, name)
  if (model === undefined) throw new Error(`Model ${name} of run ${runId} doesn't exist yet`)
  return model
}

/** Reports and stores a warning for the user. */
export const warn = ({ tell, iteration, stage }: Stage, code: string, text: string): void =>
  tell({ kind: 'warning', iteration, stage, code, text })
export const note = ({ tell, iteration, stage }: Stage, text: string): void => tell({ kind: 'note', iteration, stage, text })
