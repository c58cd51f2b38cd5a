import { join } from 'node:path'
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
import { type Checkpoint, type ChosenTraining, trainToBest } from './best-checkpoint.ts'

/** A training of the run: the name of the model that it makes, and the model that it starts from. */
interface RunTraining extends Pick<ChosenTraining, 'trainTo' | 'progress'> {
  readonly name: string
  readonly from: ModelRow
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

/** Trains a model and leaves its best checkpoint in `out`: the judge compares answers to the validation prompts. */
export function trainAndChoose(stage: Stage, { name, from, trainTo, progress }: RunTraining, out: string): Promise<void> {
  const { store, runId, recipe, engines, conclude } = stage
  const { every, patience } = recipe.checkpoint_choice
  const known: ChosenTraining['known'] = (step, best) => {
    const found = store.evaluations.findOfRun(runId, checkpointName(name, step), checkpointKind, checkpointName(name, best))
    return found && (hasLost(found.result) ? 'lost' : 'kept')
  }
  const training: ChosenTraining = {
    ...{ every, patience, folder: join(checkpointFolder(stage, name), 'candidates'), trainTo, progress, known },
    wasCompared: (step) =>
      store.evaluations.ofRun(runId).some(({ kind, against }) => kind === checkpointKind && against === checkpointName(name, step)),
    async compare(later, best) {
      const isEnded = await compare(stage, { name, from }, later, best)
      return isEnded ? 'ended' : (known(later.step, best.step) ?? 'kept')
    },
    isEnded: () => conclude.aborted,
    onNoPause: () => warn(stage, 'no-checkpoints', `The engine that trains ${name} can't pause, so the model of the last step is kept.`),
    unload: (model) => engines.of('answers').unload(model),
  }
  return trainToBest(training, out)
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

/** Has the judge compare two checkpoints, and stores the figures. True: the user ended the run meanwhile. */
async function compare(
  stage: Stage,
  { name, from }: Pick<RunTraining, 'name' | 'from'>,
  later: Checkpoint,
  best: Checkpoint,
): Promise<boolean> {
  const { recipe, conclude, stop } = stage
  const named = ({ step, path }: Checkpoint): NamedModel => ({ name: checkpointName(name, step), path })
  const models = { own: named(later), other: named(best) }
  const judge = judgeNamedIn('checkpoint_choice', stage, from)
  const comparison = {
    ...{ models, judge, purpose: checkpointKind, prompts: validationPrompts(stage), sampling: samplingOf(recipe.evaluation) },
    deciding: decidingOf({ ...recipe, reference: modelNamed(stage, 'M0').path }),
  }
  try {
    const measured = { model: models.own.name, kind: checkpointKind, against: models.other.name, judge: judge.name }
    await evaluate(stage, measured, async (workOf) =>
      comparePairs(workOf('evaluate'), comparison, await answerBoth(workOf('answers'), comparison)),
    )
    return false
  } catch (error) {
    if (isStopped(error) && conclude.aborted && !stop.aborted) return true
    throw error
  }
}
