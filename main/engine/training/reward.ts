import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/train-config.ts'
import { stage } from '../backends/profiler.ts'
import type { Decoder } from '../model/decoder.ts'
import { decoderBackward, type ForwardOptions, withDecoderPass } from '../model/decoder-training.ts'
import type { Gradients } from '../model/gradients.ts'
import { type Layout, layOut } from '../model/layout.ts'
import type { RewardExample } from './encoded-rows.ts'
import { sigmoidLoss } from './preference-losses.ts'
import { scoreTargets, scoreTargetsBackward, type Targets } from './targets.ts'

/** Sums over pairs (`nll`, `entropy`, and `correct`: over both prompts of each). */
export const rewardSums = [
  'loss', // without the likelihood term
  'weightedNll',
  'nll',
  'betterRewards',
  'worseRewards',
  'correctOrder',
  'betterYes',
  'worseYes',
  'mass',
  'entropy',
  'correct',
] as const

type RewardConfig = Pick<TrainConfig, 'label_smoothing' | 'nll_weight'>

/**
 * Loss and gradients of some pairs of judge prompts, the better answer's and the worse one's. The reward of a prompt x is the log-odds of
 * the verdict that follows it, and the loss is the Bradley-Terry model's (Bradley and Terry 1952; Ouyang et al. 2022, arXiv 2203.02155,
 * eq. 1), with label smoothing e:
 *
 *     r(x) = log p(yes | x) - log p(no | x),   z = r(better) - r(worse) - margin,   L = -(1 - e) log s(z) - e log s(-z)
 *
 * plus `nll_weight` times the mean of -log p(yes | better) and -log p(no | worse): the verdicts as text, as generative verifiers are trained
 * (Zhang et al. 2024, arXiv 2408.15240). Means are over `pairs`, the whole batch, of which these may be a part. Returns `rewardSums`.
 */
export function rewardForwardBackward(
  decoder: Decoder,
  examples: readonly RewardExample[],
  pairs: number,
  config: RewardConfig,
  options: ForwardOptions,
  gradients: Gradients,
): Tensor {
  stage('forward')
  const layout = layOut(
    examples.flatMap(({ better, worse }) => [better, worse]),
    { share: true },
  )
  const targets = verdictTargets(examples, layout)
  return withDecoderPass(decoder, layout, options, ({ hidden, saved }) => {
    const { scores, saved: heads } = scoreTargets(decoder.weights.head, hidden, targets)
    const [betterYes, betterNo, worseYes, worseNo] = tf.unstack(tf.reshape(scores.logprobs, [-1, 4]), 1) // [P] each
    const better = tf.sub(betterYes, betterNo)
    const worse = tf.sub(worseYes, worseNo)
    const weights = tf.tensor1d(examples.map(({ weight }) => weight))
    const margins = tf.tensor1d(examples.map(({ margin }) => margin))
    const { losses, slope } = sigmoidLoss(tf.sub(tf.sub(better, worse), margins), config.label_smoothing)
    const nll = tf.neg(tf.add(betterYes, worseNo))
    const up = tf.div(tf.mul(slope, weights), pairs)
    const down = tf.neg(up)
    const likelihood = tf.mul(weights, config.nll_weight / (2 * pairs))
    const g = tf.reshape(tf.stack([tf.sub(up, likelihood), down, down, tf.sub(up, likelihood)], 1), [-1]) // [4 P]
    stage('backward')
    const dhidden = scoreTargetsBackward(decoder.weights.head, g, heads, targets, layout.ids.length, gradients)
    decoderBackward(decoder, dhidden, saved, gradients)
    const right = tf.tensor1d(examples.flatMap(() => [1, 0, 0, 1])) // the verdicts that should be given
    return tf.stack([
      tf.sum(tf.mul(losses, weights)),
      tf.sum(tf.mul(nll, weights)),
      tf.sum(nll),
      tf.sum(better),
      tf.sum(worse),
      tf.sum(tf.cast(tf.greater(better, worse), 'float32')),
      tf.sum(tf.sigmoid(better)),
      tf.sum(tf.sigmoid(worse)),
      tf.sum(tf.exp(scores.logprobs)),
      tf.sum(tf.mul(scores.entropy, right)),
      tf.sum(tf.mul(scores.correct, right)),
    ])
  })
}

/** Yes and no after the better prompt, then after the worse one: sequences 2i and 2i + 1 are pair i's prompts. */
function verdictTargets(examples: readonly RewardExample[], { places }: Layout): Targets {
  const last = (sequence: number): number => places[sequence][places[sequence].length - 1]
  return {
    predictors: examples.flatMap((_, i) => [last(2 * i), last(2 * i), last(2 * i + 1), last(2 * i + 1)]),
    tokens: examples.flatMap(({ yes, no }) => [yes, no, yes, no]),
    weights: examples.flatMap(() => [1, 1, 1, 1]),
    sequences: examples.flatMap((_, i) => [2 * i, 2 * i, 2 * i + 1, 2 * i + 1]),
    sequenceCount: 2 * examples.length,
  }
}
