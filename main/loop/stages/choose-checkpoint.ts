import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkpointKind, checkpointName, checkpointOf } from '../../shared/checkpoint-choice.ts'
import { isStopped } from '../../shared/errors.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import { answerBoth, comparePairs } from '../evaluation/compare-models.ts'
import { evaluate } from '../evaluation/run-evaluations.ts'
import { decidingOf, judgeNamedIn } from '../evaluation/run-judge.ts'
import type { NamedModel } from '../evaluation/units.ts'
import { checkpointFolder, modelNamed, type Stage, warn } from '../run-context.ts'
import { samplingOf } from '../stage-work.ts'

/** A training whose checkpoints are compared. */
interface ChosenTraining {
  /** The name of the model that it makes, and the model that it starts from. */
  readonly name: string
  readonly from: ModelRow
  /** Continues the training to the step `at` and saves the model to the folder `model`, or to `last` if the training ends before. */
  readonly trainTo: (pause: { readonly at: number; readonly model: string }, last: string) => Promise<void>
  /** Steps of the whole training (null: not known yet), and those whose metrics are stored. */
  readonly progress: () => { readonly steps: number | null; readonly done: number }
}

/** The part of the run's evaluation units that has the validation prompts. */
export const validationPart = ['validation'] as const

/** The prompts whose answers decide, stored when the run started. */
const validationPrompts = ({ store, runId }: Stage): string[] =>
  store.evaluationUnits.of({ runId }, validationPart).map(({ value }) => String(value))

/** Whether checkpoints of this iteration's training are compared. M1's are not: it has no judge before it. */
export function choosesCheckpoint(stage: Stage): boolean {
  if (stage.recipe.checkpoint_choice.every === 0 || stage.iteration === 0) return false
  if (validationPrompts(stage).length > 0) return true
  warn(stage, 'no-validation-prompts', 'There are no validation prompts to compare checkpoints on, so the model of the last step is kept.')
  return false
}

/**
 * Trains a model and leaves its best checkpoint in `out` (paper, section 3.1.3). Every n steps and at the end, a judge compares the checkpoint's
 * answers to the validation prompts with those of the best one before it: the previous one, unless that has lost. After `patience` losses in a
 * row the training stops. Comparisons are stored, so a resumed training goes the same way.
 */
export async function trainAndChoose(stage: Stage, training: ChosenTraining, out: string): Promise<void> {
  const { every, patience } = stage.recipe.checkpoint_choice
  const files = candidateFiles(stage, training)
  let best: number | null = null
  let losses = 0
  for (let at = every; losses < patience; at += every) {
    const before: number | null = best
    const known = before === null ? undefined : outcomeOf(stage, training, files.stepAt(at), before)
    const isNeeded = before !== null || !wasCompared(stage, training, files.stepAt(at))
    if (known === undefined && isNeeded) await files.reach(at)
    const step = files.stepAt(at)
    if (stage.conclude.aborted) return keep(stage, files.newest(before, step), out)
    if (known === undefined && files.wentOn(step)) {
      warn(stage, 'no-checkpoints', `The engine that trains ${training.name} can't pause, so the model of the last step is kept.`)
      return keep(stage, files.newest(null, step), out)
    }
    const outcome = before === null ? 'kept' : (known ?? (await compare(stage, training, files, step, before)))
    if (outcome === 'ended') return keep(stage, files.newest(before, step), out)
    if (outcome === 'lost') losses++
    else [best, losses] = [step, 0]
    files.dropAllBut(best, [before, step])
    if (files.isEnd(step)) break
  }
  await keep(stage, files.pathOf(best!), out)
}

/** The step of the checkpoint that the comparisons stored leave as the best; null: there was nothing to compare. */
export function chosenStep({ store, runId }: Pick<Stage, 'store' | 'runId'>, name: string): number | null {
  const compared = store.evaluations.ofRun(runId).flatMap(({ model, kind, against, result }) => {
    const [own, other] = [checkpointOf(model), checkpointOf(against)]
    return kind === checkpointKind && own?.model === name && other !== null ? [{ step: own.step, best: other.step, result }] : []
  })
  return compared.reduce<number | null>((_, { step, best, result }) => (hasLost(result) ? best : step), null)
}

/** Without a readable verdict, the later checkpoint isn't worse. */
const hasLost = ({ win_rate: rate }: Figures): boolean => rate != null && rate < 0.5

/** The folders of checkpoints that may be kept. */
function candidateFiles(stage: Stage, { name, trainTo, progress }: ChosenTraining) {
  const folder = join(checkpointFolder(stage, name), 'candidates')
  const last = join(folder, 'last')
  const isEnd = (step: number): boolean => step >= (progress().steps ?? Number.POSITIVE_INFINITY)
  const folderAt = (step: number): string => join(folder, `step-${String(step).padStart(6, '0')}`)
  const pathOf = (step: number): string => (isEnd(step) ? last : folderAt(step))
  return {
    isEnd,
    pathOf,
    /** What a run that is ended early keeps: the best checkpoint, or else what there is. */
    newest: (best: number | null, step: number): string => (best !== null ? pathOf(best) : existsSync(last) ? last : pathOf(step)),
    /** Whether the training ended although it was to pause at a step. */
    wentOn: (step: number): boolean => existsSync(last) && !isEnd(step) && !existsSync(folderAt(step)),
    /** The step that is reached by training to `at`. */
    stepAt: (at: number): number => Math.min(at, progress().steps ?? at),
    /** Has the model after `at` steps, or the last one. A training whose metrics are behind reports them again. */
    async reach(at: number): Promise<void> {
      const step = Math.min(at, progress().steps ?? at)
      if (existsSync(pathOf(step)) && progress().done >= step) return
      await trainTo({ at, model: folderAt(at) }, last)
    },
    dropAllBut(best: number | null, steps: readonly (number | null)[]): void {
      for (const step of steps) if (step !== null && step !== best) rmSync(pathOf(step), { recursive: true, force: true })
    },
  }
}
type CandidateFiles = ReturnType<typeof candidateFiles>

type ChoiceOutcome = 'kept' | 'lost'

/** The outcome of a comparison that is stored. */
function outcomeOf({ store, runId }: Stage, { name }: ChosenTraining, step: number, best: number): ChoiceOutcome | undefined {
  const found = store.evaluations.findOfRun(runId, checkpointName(name, step), checkpointKind, checkpointName(name, best))
  return found && (hasLost(found.result) ? 'lost' : 'kept')
}

/** Whether a later checkpoint was compared with this one, which then isn't needed for a decision. */
const wasCompared = ({ store, runId }: Stage, { name }: ChosenTraining, step: number): boolean =>
  store.evaluations.ofRun(runId).some(({ kind, against }) => kind === checkpointKind && against === checkpointName(name, step))

/** Has the judge compare two checkpoints. 'ended': the user ended the run meanwhile. */
async function compare(
  stage: Stage,
  training: ChosenTraining,
  files: CandidateFiles,
  step: number,
  best: number,
): Promise<ChoiceOutcome | 'ended'> {
  const { recipe, conclude, stop } = stage
  const named = (at: number): NamedModel => ({ name: checkpointName(training.name, at), path: files.pathOf(at) })
  const models = { own: named(step), other: named(best) }
  const judge = judgeNamedIn('checkpoint_choice', stage, training.from)
  const comparison = {
    ...{ models, judge, purpose: checkpointKind, prompts: validationPrompts(stage), sampling: samplingOf(recipe.evaluation) },
    deciding: decidingOf({ ...recipe, reference: modelNamed(stage, 'M0').path }),
  }
  try {
    const measured = { model: models.own.name, kind: checkpointKind, against: models.other.name, judge: judge.name }
    await evaluate(stage, measured, async (workOf) =>
      comparePairs(workOf('evaluate'), comparison, await answerBoth(workOf('answers'), comparison)),
    )
  } catch (error) {
    if (isStopped(error) && conclude.aborted && !stop.aborted) return 'ended'
    throw error
  }
  return outcomeOf(stage, training, step, best) ?? 'kept'
}

/** Moves a checkpoint to where the training's model belongs. */
async function keep({ engines }: Stage, checkpoint: string, out: string): Promise<void> {
  await engines.of('answers').unload(checkpoint) // a served model's files can't be moved on Windows
  mkdirSync(dirname(out), { recursive: true })
  renameSync(checkpoint, out)
}
