import { z } from 'zod'
import { engineName } from './engine-settings.ts'
import { randomGenerator } from './random-generator.ts'
import { judgeRecipe } from './recipe.ts'

/** Named figures; null: undefined for this data (a correlation of constants). */
export const figures = z.record(z.string(), z.number().nullable())
export type Figures = z.infer<typeof figures>

/** What a run's data offers for evaluations. */
export const evaluationSource = z.object({
  runId: z.string(),
  runName: z.string(),
  heldOut: z.int(), // prompts
  ranked: z.int(), // human-ranked answers held out
  instructions: z.int(), // in the seed data
})

/** Settings of an evaluation requested by hand, complete enough to resume and to interpret it later. */

/** A model from any source. */
const chosenModel = z.object({ id: z.string(), label: z.string(), path: z.string() })
export type ChosenModel = z.infer<typeof chosenModel>

/**
 * A model that judges. `engine`: the configured engine that it judges on, if that isn't this machine. A server judges with its own model, whose
 * path is empty.
 */
const judgingModel = chosenModel.extend({ engine: engineName.optional() })
export type JudgingModel = z.infer<typeof judgingModel>

/** Prompts or rows: held out by a run, or from a file. */
export const inputSource = z.discriminatedUnion('from', [
  z.object({ from: z.literal('run'), runId: z.string() }),
  z.object({ from: z.literal('file'), path: z.string() }),
])
export type InputSource = z.infer<typeof inputSource>

/** Evaluations stored without it are older than the choice. */
const random = randomGenerator.default('murmur')

const answering = z.object({
  temperature: z.number().min(0),
  top_p: z.number().gt(0).max(1),
  top_k: z.int().min(0),
  max_new_tokens: z.int().min(1),
  stop: z.array(z.string()),
})

/** `pairwise`: the judge sees both answers, in both orders. `score`: it scores each answer alone, and the scores are compared. */
const deciding = z.discriminatedUnion('method', [
  z.object({ method: z.literal('pairwise'), prompt: z.string(), maxNewTokens: z.int().min(1) }),
  z.object({ method: z.literal('score'), judge: judgeRecipe, reference: z.string().optional() }), // path of the judge's M0, if known
])

export const headToHeadSettings = z.object({
  kind: z.literal('head-to-head'),
  model: chosenModel,
  against: chosenModel,
  judge: judgingModel,
  deciding,
  answering,
  source: inputSource,
  count: z.int().min(1),
  seed: z.int().min(0),
  random,
})
export type HeadToHeadSettings = z.infer<typeof headToHeadSettings>

export const judgeSettings = z.object({
  kind: z.literal('judge'),
  model: judgingModel,
  judge: judgeRecipe,
  reference: z.string().optional(), // path of the model's M0, if known
  source: inputSource,
  count: z.int().min(1),
  seed: z.int().min(0),
  random,
})
export type JudgeSettings = z.infer<typeof judgeSettings>

export const accuracySettings = z.object({
  kind: z.literal('accuracy'),
  model: chosenModel,
  /** The run whose program checks the answers. */
  runId: z.string(),
  seed: z.int().min(0),
  random,
})
export type AccuracySettings = z.infer<typeof accuracySettings>

export const likelihoodSettings = z.object({
  kind: z.literal('likelihood'),
  model: chosenModel,
  source: z.object({ from: z.literal('file'), path: z.string() }),
  count: z.int().min(1),
  random,
})
export type LikelihoodSettings = z.infer<typeof likelihoodSettings>

/** Which of several judges agrees best with human ranks, with one model. */
export const probeSettings = z.object({
  kind: z.literal('probe'),
  model: judgingModel,
  /** One of each method. */
  judges: z.array(judgeRecipe).min(1),
  source: z.object({ from: z.literal('file'), path: z.string() }),
  count: z.int().min(1),
  seed: z.int().min(0),
  random,
  /** Changes with the files of the model and with the source, so that the figures aren't taken for those of another one. */
  stamp: z.string(),
})
export type ProbeSettings = z.infer<typeof probeSettings>

/** Questions of MT-Bench's form: the 80 that ship with Laurel, or a file, with a file of reference answers (null: those in its rows). */
export const mtBenchSource = z.discriminatedUnion('from', [
  z.object({ from: z.literal('shipped') }),
  z.object({ from: z.literal('file'), path: z.string(), references: z.string().nullable() }),
])
export type MtBenchSource = z.infer<typeof mtBenchSource>

export const mtBenchSettings = z.object({
  kind: z.literal('mt-bench'),
  model: chosenModel,
  /** The judge compares the model's answers with this model's; null: it grades each answer from 1 to 10. */
  against: chosenModel.nullable(),
  judge: judgingModel,
  source: mtBenchSource,
  maxNewTokens: z.int().min(1),
  judgeMaxNewTokens: z.int().min(1),
  seed: z.int().min(0),
  random,
})
export type MtBenchSettings = z.infer<typeof mtBenchSettings>

const fileSource = z.object({ from: z.literal('file'), path: z.string() })

export const multipleChoiceSettings = z.object({
  kind: z.literal('multiple-choice'),
  model: chosenModel,
  source: fileSource,
  count: z.int().min(1),
  /** What precedes each choice; `{question}` stands for the question. */
  template: z.string(),
  random,
})
export type MultipleChoiceSettings = z.infer<typeof multipleChoiceSettings>

export const perplexitySettings = z.object({
  kind: z.literal('perplexity'),
  model: chosenModel,
  source: fileSource,
  count: z.int().min(1),
  /** Tokens of a window, at most as many as the model's context. */
  context: z.int().min(2),
  /** Tokens from one window's start to the next one's. */
  stride: z.int().min(1),
  random,
})
export type PerplexitySettings = z.infer<typeof perplexitySettings>

/** Prompts with instructions that programs check, in IFEval's form. */
export const ifevalSettings = z.object({
  kind: z.literal('ifeval'),
  model: chosenModel,
  source: fileSource,
  count: z.int().min(1),
  maxNewTokens: z.int().min(1),
  random,
})
export type IfevalSettings = z.infer<typeof ifevalSettings>

/** A model that answers, or one whose answers are in a file of AlpacaEval's form. */
const answerer = chosenModel.extend({ outputs: z.string().nullable() })
export type Answerer = z.infer<typeof answerer>

/** AlpacaEval: how often a judge prefers a model's answers to those of a baseline. */
export const alpacaEvalSettings = z.object({
  kind: z.literal('alpaca-eval'),
  model: answerer,
  against: answerer,
  judge: judgingModel,
  /** The instructions. */
  source: fileSource,
  count: z.int().min(1),
  /** Null: answers and preferences were imported. */
  answering: answering.nullable(),
  seed: z.int().min(0),
  random,
})
export type AlpacaEvalSettings = z.infer<typeof alpacaEvalSettings>

/** A judge's agreement with the votes that users cast in the arena. */
export const userAgreementSettings = z.object({
  kind: z.literal('user-agreement'),
  /** The judge. */
  model: judgingModel,
  deciding,
  /** All votes, or those whose user didn't see which models had answered. */
  votes: z.enum(['blind', 'all']),
  seed: z.int().min(0),
  random,
})
export type UserAgreementSettings = z.infer<typeof userAgreementSettings>

export const evaluationSettings = z.discriminatedUnion('kind', [
  headToHeadSettings,
  judgeSettings,
  accuracySettings,
  likelihoodSettings,
  probeSettings,
  mtBenchSettings,
  multipleChoiceSettings,
  perplexitySettings,
  ifevalSettings,
  alpacaEvalSettings,
  userAgreementSettings,
])
export type EvaluationSettings = z.infer<typeof evaluationSettings>

/** New tokens of an answer and of a judgement, where an evaluation can ask for other limits. */
export const newTokenDefaults = {
  'mt-bench': { maxNewTokens: 1024, judgeMaxNewTokens: 2048 }, // FastChat's
  'alpaca-eval': { maxNewTokens: 512 },
  ifeval: { maxNewTokens: 1280 }, // lm-evaluation-harness's
} as const
export interface NewTokenLimits {
  readonly maxNewTokens?: number
  readonly judgeMaxNewTokens?: number
}

/** The model that judges; null: none does. The judge whose quality is measured is the model itself. */
export function judgeIn(settings: EvaluationSettings): JudgingModel | null {
  switch (settings.kind) {
    case 'head-to-head':
    case 'mt-bench':
    case 'alpaca-eval':
      return settings.judge
    case 'judge':
    case 'probe':
    case 'user-agreement':
      return settings.model
    default:
      return null
  }
}

/** The labels of an evaluation's models; empty where its kind has none. */
export const labelsOf = (settings: EvaluationSettings): { model: string; against: string; judge: string } => ({
  model: settings.model.label,
  against: 'against' in settings ? (settings.against?.label ?? '') : '',
  judge: judgeIn(settings)?.label ?? '',
})
