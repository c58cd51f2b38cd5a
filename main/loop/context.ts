import { join } from 'node:path'
import { homePaths } from '../common/home.ts'
import type { Engine } from '../engine/hosts/engine.ts'
import type { Sampling } from '../engine/protocol.ts'
import type { Precision } from '../engine/train-config.ts'
import type { Figures } from '../store/evaluations.ts'
import type { ModelRow } from '../store/models.ts'
import type { Store } from '../store/store.ts'
import type { RunEvent, StageName } from './events.ts'
import type { Recipe } from './recipe.ts'

/** A response to be checked. */
export interface CheckedAnswer {
  readonly prompt: string
  readonly text: string
  readonly finishReason: 'stop' | 'length'
}

/**
 * An evaluation from outside: the run has each of its models answer the prompts, and `measure` looks at the answers. Nothing it finds
 * reaches the loop.
 */
export interface Checker {
  readonly name: string
  /** What its answers are called while they are made: 'greedy answers'. */
  readonly label: string
  readonly prompts: readonly string[]
  readonly sampling: Sampling
  measure(answers: readonly CheckedAnswer[]): Figures
}

/** What asking an engine takes: a stage of a run has it, and so has work that belongs to no run. */
export interface EngineWork {
  readonly engine: Engine
  readonly recipe: Pick<Recipe, 'batch' | 'chunk'>
  /** Aborted when a person asks for a stop. */
  readonly signal: AbortSignal
}

/** What every stage of a run works with. */
export interface RunContext {
  readonly runId: string
  readonly recipe: Recipe
  readonly store: Store
  readonly engine: Engine
  /** What the engine really computes in. */
  readonly precision: Precision
  readonly home: string
  /** Work is to be left at its current unit: a person wants the run stopped, or ended. */
  readonly signal: AbortSignal
  /** A person wants the run stopped, to go on later. */
  readonly stop: AbortSignal
  /** A person wants the run ended, with what it has: a training in progress keeps its model. */
  readonly conclude: AbortSignal
  readonly tell: (event: RunEvent) => void
  readonly checkers: readonly Checker[]
}

/** What a stage works with: the run, and where in it the stage stands. */
export interface Stage extends RunContext {
  readonly iteration: number
  readonly stage: StageName
}

/** Where a run's model goes. */
export const modelFolder = ({ home, runId }: RunContext, name: string): string => join(homePaths(home).run(runId), 'models', name)

export const checkpointFolder = ({ home, runId }: RunContext, name: string): string => join(homePaths(home).run(runId), 'checkpoints', name)

/** A model of the run that must exist by now. */
export function modelNamed({ store, runId }: RunContext, name: string): ModelRow {
  const model = store.models.find(runId, name)
  if (model === undefined) throw new Error(`Model ${name} of run ${runId} was needed before it was made`)
  return model
}

/** Tell, and keep, something a person should know. */
export const warn = ({ tell, iteration, stage }: Stage, code: string, text: string): void =>
  tell({ kind: 'warning', iteration, stage, code, text })
export const note = ({ tell, iteration, stage }: Stage, text: string): void => tell({ kind: 'note', iteration, stage, text })
