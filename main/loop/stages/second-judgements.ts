import type { ModelRow } from '../../store/tables/models-table.ts'
import { modelNamed, note, type Stage } from '../run-context.ts'
import { judgeCandidates } from './judge-candidates.ts'

/** Has another judge than the iteration's own judge its candidates, where the recipe's pairs need it. These judgements set no reward. */
export async function judgeAgain(stage: Stage, model: ModelRow): Promise<void> {
  const { recipe, iteration } = stage
  if (recipe.pairs.consistency === 'none') return
  const before = modelNamed(stage, `M${iteration - 1}`)
  if (before.sha256 !== model.sha256) return void (await judgeCandidates(stage, before, 'consistency'))
  note(stage, `${model.name} is the same model as ${before.name}, so their rankings aren't compared, and every pair counts in full.`)
}
