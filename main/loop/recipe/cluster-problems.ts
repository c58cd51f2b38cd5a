import { thisMachine } from '../../shared/engine-settings.ts'
import { lossTerms } from '../../shared/loss-settings.ts'
import { iterationStages } from '../../shared/method-stages.ts'
import type { Recipe, TrainingRecipe } from '../../shared/recipe.ts'
import { isGraded, isRewarded } from './eft-forms.ts'
import type { RecipeProblem } from './recipe-problems.ts'

/**
 * Settings of a recipe that TRL lacks, if the cluster `name` is to train. The cluster refuses them too (`cluster-training.ts`,
 * `laurel_cluster/training.py`), but only when it gets to the training.
 */
export function clusterTrainingProblems(recipe: Recipe, name: string): RecipeProblem[] {
  const { seed_data, pairs, dpo } = recipe
  const problems: RecipeProblem[] = []
  const lacks = (key: string, lacking: string, other: string): void => {
    const message = `${name} trains by TRL, which has no ${lacking}.`
    problems.push({ key, message, remedy: `Set ${key} to ${other}, or engines.train to ${thisMachine}.` })
  }
  const weights = 'loss weights of tokens other than 0 and 1'
  for (const [key, { dropout }] of [...fineTunings(recipe), ...preferenceTrainings(recipe)]) {
    if (dropout > 0) lacks(`${key}.dropout`, 'dropout outside adapters', '0')
  }
  for (const [key, { prompt_weight }] of fineTunings(recipe)) {
    if (prompt_weight !== 0 && prompt_weight !== 1) lacks(`${key}.prompt_weight`, weights, '0 or 1')
  }
  if (isGraded(recipe) && seed_data.graded_weight !== 1) lacks('seed_data.graded_weight', weights, '1')
  if (isRewarded(recipe)) lacks('seed_data.eft_form', 'training of judges on pairs', 'neither ranked nor made')
  if (recipe.iterations > 0 && recipe.checkpoint_choice.every > 0) lacks('checkpoint_choice.every', 'pause to compare checkpoints', '0')
  if (preferenceTrainings(recipe).length === 0) return problems
  if (dpo.label_smoothing > 0 && lossTerms(dpo).some(({ type }) => type === 'sigmoid')) {
    lacks('dpo.label_smoothing', 'label smoothing of the sigmoid loss', '0')
  }
  if (pairs.consistency !== 'none') lacks('pairs.consistency', 'consistencies of pairs', 'none')
  return problems
}

/** A training of a run, by its key in the recipe. */
type KeyedTraining = readonly [key: string, settings: TrainingRecipe]

function fineTunings({ sft, self_sft, method, iterations }: Recipe): KeyedTraining[] {
  const ownResponses = method === 'self-sft' && iterations > 0 ? self_sft.training : null
  return [
    ...(sft === null ? [] : [['sft', sft] as const]),
    ...(ownResponses === null ? [] : [['self_sft.training', ownResponses] as const]),
  ]
}

const preferenceTrainings = (recipe: Recipe): KeyedTraining[] =>
  recipe.iterations > 0 && iterationStages(recipe).includes('pairs') ? [['dpo', recipe.dpo]] : []
