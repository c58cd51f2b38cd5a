import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { generators } from '../../common/random.ts'
import type { DpoRow, LeftOutRow, RewardRow, SftRow, StepMetrics, TrainParams } from '../../shared/engine-protocol.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { irreversibleLoss, lossProblems } from '../../shared/loss-settings.ts'
import type { TrainConfig } from '../../shared/train-config.ts'
import { microBatches } from '../batch-limits.ts'
import type { Decoder } from '../model/decoder.ts'
import type { ForwardOptions } from '../model/decoder-training.ts'
import type { Dropout } from '../model/dropout.ts'
import type { Gradients } from '../model/gradients.ts'
import type { ModelFiles } from '../model/load-model.ts'
import { dpoForwardBackward, dpoSums, likelihoodWeight, pairTokens, type Reference } from './dpo.ts'
import { type DpoExample, type Encoded, encodeDpo, encodeReward, encodeSft, rewardTokens, type SftExample } from './encoded-rows.ts'
import { rewardForwardBackward, rewardSums } from './reward.ts'
import { sftForwardBackward, sftTargetCount, sftWeight } from './sft.ts'
import { tokenBudgetOf } from './token-budget.ts'

type BatchOptions = Pick<TrainConfig, 'batch_size' | 'gradient_accumulation' | 'epochs' | 'shuffle' | 'seed' | 'random'>

/** Number of optimizer steps in a training over `rows` examples; an epoch's last batch may be smaller. */
export function totalSteps(rows: number, options: BatchOptions): number {
  return Math.ceil(options.epochs * stepsPerEpoch(rows, options))
}

/** Rows of step `step` (from 0). A function of seed and step only, so a resumed training continues exactly. */
export function rowsOfStep(rows: number, step: number, options: BatchOptions): number[] {
  const perEpoch = stepsPerEpoch(rows, options)
  const epoch = Math.floor(step / perEpoch)
  const { deriveSeed, permutation } = generators[options.random]
  const order = options.shuffle ? permutation(rows, deriveSeed(options.seed, 'epoch', epoch)) : Array.from({ length: rows }, (_, i) => i)
  const size = options.batch_size * options.gradient_accumulation
  const from = (step % perEpoch) * size
  return order.slice(from, from + size)
}

const stepsPerEpoch = (rows: number, options: BatchOptions): number =>
  Math.ceil(rows / (options.batch_size * options.gradient_accumulation))

/** The interface of a kind of training to the training loop. */
export interface Task {
  readonly examples: number
  readonly truncated: number
  /** Rows without a training signal: unreadable, or none of their tokens has a loss weight. */
  readonly leftOut: readonly LeftOutRow[]
  /** Whether a batch has no training signal: none of its tokens has a loss weight. */
  isIdle(indices: readonly number[]): boolean
  /** Add one batch's gradients (example indices) to `gradients`. Reads nothing back from the device. */
  step(indices: readonly number[], dropout: Dropout | null, gradients: Gradients): StepResult
}

interface StepResult {
  readonly tokens: number
  readonly sums: Tensor // input of the metrics
  metricsOf(sums: Float32Array): StepMetrics
}

/** The encoded examples of a supervised training. */
export function sftExamples(files: ModelFiles, { rows, config, leaveOut }: TrainParams): Encoded<SftExample> {
  const { max_length: maxLength, prompt_weight: promptWeight } = config
  return encodeSft(files, rows as SftRow[], { maxLength, promptWeight, leaveOut })
}

export function sftTask(decoder: Decoder, { examples, truncated, leftOut, rows }: Encoded<SftExample>, config: TrainConfig): Task {
  const idle = new Set(examples.flatMap((example, i) => (sftWeight(example) > 0 ? [] : [i])))
  if (idle.size === examples.length)
    throw badInput('no token of any row has a loss weight, so there is nothing to train on', 'Add rows with weights above 0.')
  const budget = tokenBudgetOf(decoder)
  const length = (example: SftExample) => example.prompt.length + example.completion.length
  return {
    examples: examples.length,
    truncated,
    leftOut: [...leftOut, ...[...idle].map((i) => ({ row: rows[i], leftOut: 'none of its tokens has a loss weight' }))],
    isIdle: (indices) => idle.size > 0 && indices.every((i) => idle.has(i)),
    step(indices, dropout, gradients) {
      const batch = indices.map((i) => examples[i])
      const weight = sum(batch.map(sftWeight))
      const targets = sum(batch.map(sftTargetCount))
      const sums = addParts(microBatches(batch, length, budget), (part, i) =>
        sftForwardBackward(decoder, part, weight, optionsOf(decoder, config, dropout, i), gradients),
      )
      return {
        tokens: sum(batch.map(length)),
        sums,
        metricsOf: ([loss, entropy, correct]) => ({
          loss: loss / weight,
          ...(targets > 0 && { mean_token_accuracy: correct / targets, entropy: entropy / targets }), // none if only prompts have a loss
        }),
      }
    },
  }
}

/** The encoded pairs of a DPO training. Their reference log-probabilities are computed once, before any update. */
export function dpoExamples(files: ModelFiles, { rows, config, leaveOut }: TrainParams): Encoded<DpoExample> {
  checkLoss(config, rows as DpoRow[])
  return encodeDpo(files, rows as DpoRow[], { maxLength: config.max_length, leaveOut })
}

/** Throws BAD_INPUT if the loss is impossible, by itself or for a row. */
function checkLoss(config: TrainConfig, rows: readonly DpoRow[]): void {
  for (const { key, message, remedy } of lossProblems(config)) throw badInput(`${key}: ${message}`, remedy)
  const irreversible = irreversibleLoss(config)
  if (irreversible === undefined) return
  const row = rows.findIndex(({ consistency = 1 }) => consistency < 1)
  if (row === -1) return
  const message = `the loss ${irreversible} isn't defined for a pair with a consistency below 1`
  throw new LaurelError('BAD_INPUT', message, 'Use the loss sigmoid, hinge, ipo, or sigmoid_norm, or set the consistency to 1.', { row })
}

export function dpoTask(decoder: Decoder, encoded: Encoded<DpoExample>, references: readonly Reference[], config: TrainConfig): Task {
  const { examples, truncated, leftOut } = encoded
  const budget = tokenBudgetOf(decoder)
  return {
    examples: examples.length,
    truncated,
    leftOut,
    isIdle: () => false,
    step(indices, dropout, gradients) {
      const chosenTokens = sum(indices.map((i) => examples[i].chosen.length))
      const responseTokens = chosenTokens + sum(indices.map((i) => examples[i].rejected.length))
      const size = { pairs: indices.length, chosenTokens, responseTokens }
      const tokensOf = (index: number) => pairTokens(examples[index])
      const sums = addParts(microBatches(indices, tokensOf, budget), (part, i) => {
        const pairs = part.map((index) => examples[index])
        const known = part.map((index) => references[index])
        return dpoForwardBackward(decoder, pairs, known, size, config, optionsOf(decoder, config, dropout, i), gradients)
      })
      return {
        tokens: sum(indices.map((i) => countedTokens(examples[i]))),
        sums,
        metricsOf: (values) => dpoMetrics(values, size, config),
      }
    },
  }
}

export function rewardTask(files: ModelFiles, decoder: Decoder, { rows, config, leaveOut }: TrainParams): Task {
  const { examples, truncated, leftOut } = encodeReward(files, rows as RewardRow[], { maxLength: config.max_length, leaveOut })
  const budget = tokenBudgetOf(decoder)
  return {
    examples: examples.length,
    truncated,
    leftOut,
    isIdle: () => false,
    step(indices, dropout, gradients) {
      const batch = indices.map((i) => examples[i])
      const sums = addParts(microBatches(batch, rewardTokens, budget), (part, i) =>
        rewardForwardBackward(decoder, part, batch.length, config, optionsOf(decoder, config, dropout, i), gradients),
      )
      return {
        tokens: sum(batch.map(({ better, worse }) => better.length + worse.length)),
        sums,
        metricsOf: (values) => rewardMetrics(values, batch.length, config),
      }
    },
  }
}

/** A prompt's reward is its log-odds of yes; `verdict_mass` is p(yes) + p(no). The other names are TRL's. */
function rewardMetrics(values: Float32Array, pairs: number, config: TrainConfig): StepMetrics {
  const total = Object.fromEntries(rewardSums.map((name, i) => [name, values[i]])) as Record<(typeof rewardSums)[number], number>
  const [better, worse] = [total.betterRewards / pairs, total.worseRewards / pairs]
  return {
    loss: total.loss / pairs + config.nll_weight * (total.weightedNll / (2 * pairs)),
    'rewards/chosen': better,
    'rewards/rejected': worse,
    'rewards/margins': better - worse,
    'rewards/accuracies': total.correctOrder / pairs,
    'probabilities/chosen': total.betterYes / pairs,
    'probabilities/rejected': total.worseYes / pairs,
    verdict_mass: total.mass / (2 * pairs),
    nll_loss: total.nll / (2 * pairs),
    mean_token_accuracy: total.correct / (2 * pairs),
    entropy: total.entropy / (2 * pairs),
  }
}

/** TRL's names and definitions: the accuracy covers the chosen responses' tokens, the entropy those of both. */
function dpoMetrics(
  values: Float32Array,
  size: { pairs: number; chosenTokens: number; responseTokens: number },
  config: TrainConfig,
): StepMetrics {
  const total = Object.fromEntries(dpoSums.map((name, i) => [name, values[i]])) as Record<(typeof dpoSums)[number], number>
  const chosen = total.chosenRewards / size.pairs
  const rejected = total.rejectedRewards / size.pairs
  const nll = total.nll / size.chosenTokens
  return {
    loss: total.loss / size.pairs + likelihoodWeight(config) * (total.weightedNll / size.chosenTokens),
    'rewards/chosen': chosen,
    'rewards/rejected': rejected,
    'rewards/margins': chosen - rejected,
    'rewards/accuracies': total.correctOrder / size.pairs,
    'logps/chosen': total.chosenLogprobs / size.pairs,
    'logps/rejected': total.rejectedLogprobs / size.pairs,
    nll_loss: nll,
    mean_token_accuracy: total.correct / size.chosenTokens,
    entropy: total.entropy / size.responseTokens,
  }
}

/** Process a step's micro-batches and add up their sums. */
function addParts<T>(parts: readonly T[], work: (part: T, index: number) => Tensor): Tensor {
  return parts.map(work).reduce((total, next) => {
    const sum = tf.add(total, next)
    tf.dispose([total, next])
    return sum
  })
}

const optionsOf = ({ config: model }: Decoder, config: TrainConfig, dropout: Dropout | null, part: number): ForwardOptions => ({
  dropout: partDropout(dropout, part),
  recompute: config.gradient_checkpointing,
  frozenToken: config.freeze_padding ? model.padToken : null,
})

/** TRL counts the prompt once per response. */
const countedTokens = ({ prompt, chosen, rejected }: DpoExample): number => 2 * prompt.length + chosen.length + rejected.length

/** Each micro-batch of a step draws its own dropout masks. */
const partDropout = (dropout: Dropout | null, part: number): Dropout | null => dropout && { ...dropout, seed: dropout.seed + part }

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
