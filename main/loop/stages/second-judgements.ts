import type { ModelRow } from '../../store/tables/models-table.ts'
import { modelNamed, note, type Stage } from '../run-context.ts'
import { judgeCandidates } from './judge-candidates.ts'

/** Judges the iteration's candidates another time, where the recipe's pairs need it. These judgements set no reward. */
export async function judgeAgain(stage: Stage, model: ModelRow): Promise<void> {
  const { consistency, agreement } = stage.recipe.pairs
  if (consistency !== 'none') await judgeForConsistency(stage, model)
  if (agreement) await judgeForAgreement(stage, model)
}

/** The model of the iteration before judges. */
async function judgeForConsistency(stage: Stage, model: ModelRow): Promise<void> {
  const before = modelNamed(stage, `M${stage.iteration - 1}`)
  if (before.sha256 !== model.sha256) await judgeCandidates(stage, before, 'consistency')
  else note(stage, `${model.name} is the same model as ${before.name}, so their rankings aren't compared, and every pair counts in full.`)
}

/** The current model judges by the reward that its own training implies. */
async function judgeForAgreement(stage: Stage, model: ModelRow): Promise<void> {
  if (modelNamed(stage, 'M0').sha256 !== model.sha256) await judgeCandidates(stage, model, 'agreement')
  else note(stage, `${model.name} is the same model as M0, so its implicit rewards are all 0, and no pair is left out for them.`)
}
