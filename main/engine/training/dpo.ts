import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { lossTerms } from '../../shared/loss-settings.ts'
import type { LossConfig } from '../../shared/train-config.ts'
import { constant } from '../backends/constant.ts'
import { stage } from '../backends/profiler.ts'
import { tidy } from '../backends/tidy.ts'
import { scatterRows } from '../kernels/embedding.ts'
import { type Decoder, layoutStates } from '../model/decoder.ts'
import { decoderBackward, type ForwardOptions, withDecoderPass } from '../model/decoder-training.ts'
import type { Gradients } from '../model/gradients.ts'
import { type Layout, layOut } from '../model/layout.ts'
import type { DpoExample } from './encoded-rows.ts'
import { lossOfPairs, type OfPairs, type PairLosses } from './preference-losses.ts'
import { scoreTargets, scoreTargetsBackward, type Targets, targetScores } from './targets.ts'

/** Log-probabilities of a pair's responses under the reference model. */
export interface Reference {
  readonly chosen: number
  readonly rejected: number
}

/** Sums over pairs (per-token sums: over chosen responses, but the entropy over both, as TRL logs them). */
export const dpoSums = [
  'loss', // without the likelihood term
  'nll',
  'weightedNll',
  'chosenRewards',
  'rejectedRewards',
  'correctOrder',
  'chosenLogprobs',
  'rejectedLogprobs',
  'entropy',
  'correct',
] as const

/** Normalizers of a step's losses: the whole batch, of which a micro-batch is a part. */
interface DpoBatch {
  readonly pairs: number
  readonly chosenTokens: number
}

/**
 * Loss and gradients of some pairs. Chosen and rejected share one computed prompt (`prefix-tree.ts`), so a pair costs prompt + chosen +
 * rejected tokens, not two prompts. The loss is the mean over the batch's pairs of the config's preference losses, plus
 * `likelihoodWeight` times the chosen responses' mean negative log-likelihood over the batch's tokens (Pang et al. 2024, iterative
 * reasoning preference optimization; TRL's `sft`). Returns `dpoSums`.
 */
export function dpoForwardBackward(
  decoder: Decoder,
  examples: readonly DpoExample[],
  references: readonly Reference[],
  batch: DpoBatch,
  config: LossConfig,
  options: ForwardOptions,
  gradients: Gradients,
): Tensor {
  stage('forward')
  const layout = layoutOf(examples)
  const targets = dpoTargets(examples, layout)
  return withDecoderPass(decoder, layout, options, ({ hidden, saved }) => {
    const { scores, saved: heads } = scoreTargets(decoder.weights.head, hidden, targets)
    const policy = pairLogprobs(scores.logprobs, targets)
    const rewards = implicitRewards(policy, references, config.beta)
    const loss = lossOfPairs(rewards, lengthsOf(examples), examples, config)
    const isChosen = tf.tensor1d(targets.weights.slice()) // [M]
    const likelihood = tf.mul(isChosen, tf.tensor1d(targets.sequences.map((sequence) => examples[sequence >> 1].weight))) // [M]
    const g = tf.sub(
      tokenGradients(loss, config.beta, targets, batch.pairs),
      tf.mul(likelihood, likelihoodWeight(config) / batch.chosenTokens),
    )
    stage('backward')
    const dhidden = scoreTargetsBackward(decoder.weights.head, g, heads, targets, layout.ids.length, gradients)
    decoderBackward(decoder, dhidden, saved, gradients)
    return tf.stack([
      tf.sum(loss.losses),
      tf.neg(tf.sum(tf.mul(scores.logprobs, isChosen))),
      tf.neg(tf.sum(tf.mul(scores.logprobs, likelihood))),
      tf.sum(rewards.chosen),
      tf.sum(rewards.rejected),
      tf.sum(tf.cast(tf.greater(rewards.chosen, rewards.rejected), 'float32')),
      tf.sum(policy.chosen),
      tf.sum(policy.rejected),
      tf.sum(scores.entropy),
      tf.sum(tf.mul(scores.correct, isChosen)),
    ])
  })
}

/** Weight of the likelihood term: `nll_weight`, and the loss's `sft` terms. */
export const likelihoodWeight = (config: Pick<LossConfig, 'loss_type' | 'loss_weights' | 'nll_weight'>): number =>
  lossTerms(config).reduce((total, { type, weight }) => (type === 'sft' ? total + weight : total), config.nll_weight)

/** Summed log-probabilities of the pairs' responses under the reference model, which are stored. */
export async function referenceLogprobs(decoder: Decoder, examples: readonly DpoExample[]): Promise<Reference[]> {
  const layout = layoutOf(examples)
  const targets = dpoTargets(examples, layout)
  const sums = tidy(() => {
    const scores = targetScores(decoder.weights.head, layoutStates(decoder, layout), targets)
    const { chosen, rejected } = pairLogprobs(scores.logprobs, targets)
    return tf.stack([chosen, rejected], 1) // [P, 2]
  })
  const values = await sums.data()
  sums.dispose()
  return examples.map((_, i) => ({ chosen: values[2 * i], rejected: values[2 * i + 1] }))
}

/** Tokens of a pair with a shared prompt. */
export const pairTokens = ({ prompt, chosen, rejected }: DpoExample): number => prompt.length + chosen.length + rejected.length

/** Sequences 2i and 2i + 1 are pair i's prompt with its chosen and its rejected response; the prompt is shared. */
const layoutOf = (examples: readonly DpoExample[]): Layout =>
  layOut(
    examples.flatMap(({ prompt, chosen, rejected }) => [
      [...prompt, ...chosen],
      [...prompt, ...rejected],
    ]),
    { share: true },
  )

/** Tokens of both responses; `weights` is 1 for chosen ones. */
function dpoTargets(examples: readonly DpoExample[], { places }: Layout): Targets {
  const predictors: number[] = []
  const tokens: number[] = []
  const weights: number[] = []
  const sequences: number[] = []
  examples.forEach(({ prompt, chosen, rejected }, i) => {
    for (const [side, response] of [chosen, rejected].entries()) {
      response.forEach((token, t) => {
        predictors.push(places[2 * i + side][prompt.length + t - 1])
        tokens.push(token)
        weights.push(side === 0 ? 1 : 0)
        sequences.push(2 * i + side)
      })
    }
  })
  return { predictors, tokens, weights, sequences, sequenceCount: 2 * examples.length }
}

/** Token log-probabilities [M] -> sums per response, chosen and rejected [P] each. */
function pairLogprobs(logprobs: Tensor, targets: Targets): OfPairs {
  const sequences = tf.tensor1d([...targets.sequences], 'int32')
  const sums = scatterRows(tf.reshape(logprobs, [-1, 1]), sequences, targets.sequenceCount) // [2 P, 1]
  const [chosen, rejected] = tf.unstack(tf.reshape(sums, [-1, 2]), 1)
  return { chosen, rejected }
}

/** `beta (policy - reference)`, the rewards by which TRL logs every loss. */
function implicitRewards(policy: OfPairs, references: readonly Reference[], beta: number): OfPairs {
  return {
    chosen: tf.mul(tf.sub(policy.chosen, tf.tensor1d(references.map(({ chosen }) => chosen))), constant(beta)),
    rejected: tf.mul(tf.sub(policy.rejected, tf.tensor1d(references.map(({ rejected }) => rejected))), constant(beta)),
  }
}

const lengthsOf = (examples: readonly DpoExample[]): OfPairs => ({
  chosen: tf.tensor1d(examples.map(({ chosen }) => chosen.length)),
  rejected: tf.tensor1d(examples.map(({ rejected }) => rejected.length)),
})

/** Every token gets its response's gradient, beta times the loss's slope, divided by the batch's pairs: [P] x 2 -> [M]. */
function tokenGradients({ slopes }: PairLosses, beta: number, targets: Targets, pairs: number): Tensor {
  const byReward = tf.reshape(tf.stack([slopes.chosen, slopes.rejected], 1), [-1]) // [2 P]
  return tf.gather(tf.div(tf.mul(byReward, constant(beta)), constant(pairs)), tf.tensor1d([...targets.sequences], 'int32'))
}
