import { tokenBudget } from '../engine/batch-limits.ts'
import { countParameters, type GenerationMemory, generationMemory, type TrainingMemory, trainingMemory } from '../engine/memory-estimate.ts'
import type { ModelShape } from '../shared/engine-protocol.ts'
import { type EngineRole, thisMachine } from '../shared/engine-settings.ts'
import type { Recipe, TrainingRecipe } from '../shared/recipe.ts'
import { type Precision, precisionOf, type TrainConfig } from '../shared/train-config.ts'
import { RUBRIC, TEMPLATE } from './judging-time.ts'
import { isRewarded } from './recipe/eft-forms.ts'

/**
 * Peak memory of a run on this machine, estimated before any text exists: assumes texts as long as the recipe allows. What other engines do
 * takes none here.
 */
interface RunMemory {
  /** `served`: models that generated earlier and stay loaded during training. */
  readonly training: TrainingMemory & { readonly served: number }
  readonly generation: GenerationMemory
}

/** Models an engine keeps loaded besides the active one: a run's current model and the previous one. */
const OTHERS = 1

export function runMemory(shape: ModelShape, recipe: Recipe, precision: Precision): RunMemory {
  const prompt = TEMPLATE + recipe.prompts.max_new_tokens
  const shown = recipe.judge.method === 'pairwise' ? 2 : 1 // responses in one judge prompt
  const judgePrompt = RUBRIC + prompt + shown * recipe.candidates.max_new_tokens
  const budget = tokenBudget(shape.hidden)
  const longest = judgePrompt + recipe.judge.max_new_tokens
  const own = recipe.self_sft.training ?? recipe.sft
  const improving =
    recipe.method !== 'self-sft'
      ? [pairs(recipe, prompt, budget), ...(recipe.meta.count > 0 ? [judgePairs(recipe, judgePrompt, budget)] : [])]
      : own === null
        ? []
        : [examples(own, prompt + recipe.candidates.max_new_tokens, budget)]
  const trainings = [
    ...improving,
    ...(recipe.sft ? [examples(recipe.sft, longest, budget)] : []),
    ...(isRewarded(recipe) ? [judgePrompts(recipe.reward, judgePrompt, budget)] : []),
  ]
  const isHere = (...roles: EngineRole[]): boolean => roles.some((role) => recipe.engines[role] === thisMachine)
  const generations = [
    ...(isHere('prompts', 'answers') ? [{ promptTokens: prompt, newTokens: recipe.candidates.max_new_tokens }] : []),
    ...(isHere('judge', 'answers') ? [{ promptTokens: judgePrompt, newTokens: recipe.judge.max_new_tokens }] : []), // EFT examples are answers
    ...(isHere('judge') && recipe.meta.count > 0 ? [{ promptTokens: judgePrompt + 2 * recipe.judge.max_new_tokens, newTokens: 1 }] : []),
    ...(isHere('answers', 'evaluate') ? comparisons(recipe, prompt) : []),
  ]
  const served = generations.length === 0 ? 0 : (1 + OTHERS) * servedBytes(shape, precision)
  const generation = most(
    generations.map((lengths) => generationMemory(shape, precision, { sequences: recipe.batch, otherModels: OTHERS, ...lengths })),
    noGeneration,
  )
  if (!isHere('train')) return { training: { ...noTraining, served: 0 }, generation }
  const training = most(
    trainings.map(({ settings, rows }) => trainingMemory(shape, configOf(settings, precision), rows)),
    noTraining,
  )
  return { training: { ...training, served, total: training.total + served }, generation }
}

const noGeneration: GenerationMemory = { weights: 0, cache: 0, activations: 0, head: 0, runtime: 0, total: 0 }
const noTraining: TrainingMemory = { weights: 0, gradients: 0, optimizer: 0, activations: 0, head: 0, runtime: 0, total: 0 }

/** Answers that are compared, of models or of checkpoints, and the verdicts on them. */
function comparisons({ evaluation, checkpoint_choice: choice, judge, batch }: Recipe, prompt: number) {
  const prompts = Math.max(evaluation.count, choice.every > 0 ? choice.count : 0)
  const { method, max_new_tokens: answer, judge_max_new_tokens: verdict } = evaluation
  const asked =
    method === 'pairwise'
      ? { promptTokens: RUBRIC + prompt + 2 * answer, newTokens: verdict }
      : { promptTokens: RUBRIC + prompt + answer, newTokens: judge.max_new_tokens }
  return [
    { sequences: Math.min(batch, prompts), promptTokens: prompt, newTokens: answer },
    { sequences: Math.min(batch, 2 * prompts), ...asked },
  ]
}

/** A model for inference: matrices in the compute precision, vectors in float32. */
function servedBytes(shape: ModelShape, precision: Precision): number {
  const { matrices, vectors } = countParameters(shape)
  return (precision === 'bfloat16' ? 2 : 4) * matrices + 4 * vectors
}

/** The seed and the generator don't matter here. */
const configOf = (settings: TrainingRecipe, precision: Precision): TrainConfig => ({
  ...settings,
  precision: precisionOf(settings.precision, precision),
  seed: 0,
  random: 'philox',
})

/** A batch of pairs with responses of maximum length. */
function pairs({ dpo, candidates }: Recipe, prompt: number, budget: number) {
  const response = Math.max(1, Math.min(candidates.max_new_tokens, dpo.max_length - prompt))
  return batchOf(dpo, { tokens: Math.min(prompt, dpo.max_length) + 2 * response, targets: 2 * response }, budget)
}

/** A batch of pairs of judgements, whose prompts are judge prompts. */
function judgePairs({ dpo, judge }: Recipe, prompt: number, budget: number) {
  const judgement = Math.max(1, Math.min(judge.max_new_tokens, dpo.max_length - prompt))
  return batchOf(dpo, { tokens: Math.min(prompt, dpo.max_length) + 2 * judgement, targets: 2 * judgement }, budget)
}

/** A batch of judgements, the longest examples there are. */
function examples(sft: TrainingRecipe, length: number, budget: number) {
  const tokens = Math.min(sft.max_length, length)
  return batchOf(sft, { tokens, targets: tokens }, budget)
}

/** A batch of pairs of judge prompts. */
function judgePrompts(reward: TrainingRecipe, length: number, budget: number) {
  return batchOf(reward, { tokens: 2 * Math.min(reward.max_length, length), targets: 4 }, budget)
}

/** A batch of equal rows. With micro-batches, enough rows to fill one and start the next: the peak is that of one micro-batch. */
function batchOf(settings: TrainingRecipe, row: { readonly tokens: number; readonly targets: number }, budget: number) {
  const count = Math.min(settings.batch_size * settings.gradient_accumulation, Math.ceil(budget / row.tokens) + 1)
  return { settings, rows: Array.from({ length: count }, () => row) }
}

const most = <Memory extends { readonly total: number }>(all: readonly Memory[], none: Memory): Memory =>
  all.reduce((largest, next) => (next.total > largest.total ? next : largest), none)
