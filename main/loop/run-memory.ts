import {
  countParameters,
  type GenerationMemory,
  generationMemory,
  type TrainingMemory,
  trainingBudget,
  trainingMemory,
} from '../engine/memory-estimate.ts'
import type { ModelShape } from '../shared/engine-protocol.ts'
import { type EngineRole, thisMachine } from '../shared/engine-settings.ts'
import type { Recipe, TrainingRecipe } from '../shared/recipe.ts'
import { type Precision, precisionOf, type TrainConfig } from '../shared/train-config.ts'
import type { RowLength } from '../shared/training-rows.ts'
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

/** `deviceMemory`: as in `trainingMemory`. */
export function runMemory(shape: ModelShape, recipe: Recipe, precision: Precision, deviceMemory: number | null = null): RunMemory {
  const prompt = TEMPLATE + recipe.prompts.max_new_tokens
  const shown = recipe.judge.method === 'pairwise' ? 2 : 1 // responses in one judge prompt
  const judgePrompt = RUBRIC + prompt + shown * recipe.candidates.max_new_tokens
  const longest = judgePrompt + recipe.judge.max_new_tokens
  const own = recipe.self_sft.training ?? recipe.sft
  const improving =
    recipe.method !== 'self-sft'
      ? [pairs(recipe, prompt), ...(recipe.meta.count > 0 ? [judgePairs(recipe, judgePrompt)] : [])]
      : own === null
        ? []
        : [examples(own, prompt + recipe.candidates.max_new_tokens)]
  const trainings = [
    ...improving,
    ...(recipe.sft ? [examples(recipe.sft, longest)] : []),
    ...(isRewarded(recipe) ? [judgePrompts(recipe.reward, judgePrompt)] : []),
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
    trainings.map(({ settings, row }) => {
      const config = configOf(settings, precision)
      return trainingMemory(shape, config, batchOf(config, row, trainingBudget(shape, config, deviceMemory)), deviceMemory)
    }),
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

/** A training whose rows are all of one length. */
interface Training {
  readonly settings: TrainingRecipe
  readonly row: RowLength
}

/** Pairs with responses of maximum length. */
function pairs({ dpo, candidates }: Recipe, prompt: number): Training {
  const response = Math.max(1, Math.min(candidates.max_new_tokens, dpo.max_length - prompt))
  return { settings: dpo, row: { tokens: Math.min(prompt, dpo.max_length) + 2 * response, targets: 2 * response } }
}

/** Pairs of judgements, whose prompts are judge prompts. */
function judgePairs({ dpo, judge }: Recipe, prompt: number): Training {
  const judgement = Math.max(1, Math.min(judge.max_new_tokens, dpo.max_length - prompt))
  return { settings: dpo, row: { tokens: Math.min(prompt, dpo.max_length) + 2 * judgement, targets: 2 * judgement } }
}

/** Judgements, the longest examples there are. */
function examples(sft: TrainingRecipe, length: number): Training {
  const tokens = Math.min(sft.max_length, length)
  return { settings: sft, row: { tokens, targets: tokens } }
}

/** Pairs of judge prompts. */
const judgePrompts = (reward: TrainingRecipe, length: number): Training => ({
  settings: reward,
  row: { tokens: 2 * Math.min(reward.max_length, length), targets: 4 },
})

/** A batch of equal rows. With micro-batches, enough rows to fill one and start the next: the peak is that of one micro-batch. */
function batchOf(settings: TrainConfig, row: RowLength, budget: number): RowLength[] {
  const count = Math.min(settings.batch_size * settings.gradient_accumulation, Math.ceil(budget / row.tokens) + 1)
  return Array.from({ length: count }, () => row)
}

const most = <Memory extends { readonly total: number }>(all: readonly Memory[], none: Memory): Memory =>
  all.reduce((largest, next) => (next.total > largest.total ? next : largest), none)
