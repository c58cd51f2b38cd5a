import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { assertNever } from '../../shared/errors.ts'
import type { TrainConfig } from '../../shared/train-config.ts'
import { stage } from '../backends/profiler.ts'
import { tidy } from '../backends/tidy.ts'
import { scatterRows } from '../kernels/embedding.ts'
import { type Decoder, layoutStates } from '../model/decoder.ts'
import { decoderBackward, type ForwardOptions, withDecoderPass } from '../model/decoder-training.ts'
import type { Gradients } from '../model/gradients.ts'
import { type Layout, layOut } from '../model/layout.ts'
import type { DpoExample } from './encoded-rows.ts'
import { scoreTargets, scoreTargetsBackward, type Targets, targetScores } from './targets.ts'

/** Summed log-probabilities of the responses of P pairs, [P] each. */
interface PairLogprobs {
  readonly chosen: Tensor
  readonly rejected: Tensor
}

/** A preference loss with its derivatives, from which the backward pass starts without a tape. All [P]. */
interface PreferenceLoss {
  readonly losses: Tensor
  readonly dchosen: Tensor // d losses / d policy.chosen
  readonly drejected: Tensor
  readonly chosenRewards: Tensor // beta (policy - reference), TRL's rewards/chosen
  readonly rejectedRewards: Tensor
}

/** The preference loss selected by a training's config. */
export function preferenceLoss(
  policy: PairLogprobs,
  reference: PairLogprobs,
  { loss_type, beta }: Pick<TrainConfig, 'beta' | 'loss_type'>,
): PreferenceLoss {
  switch (loss_type) {
    case 'sigmoid':
      return sigmoidLoss(policy, reference, beta)
    default:
      return assertNever(loss_type)
  }
}

/**
 * Direct Preference Optimization, the sigmoid loss (Rafailov et al. 2023, eq. 7):
 *
 *     L = -log sigmoid(margin),   margin = beta ((pi_w - ref_w) - (pi_l - ref_l)),   dL/dpi_w = -beta sigmoid(-margin) = -dL/dpi_l
 *
 * with pi and ref a response's summed log-probability under policy and reference. In the first step pi = ref, so L = ln 2; any other value
 * means that the two were computed differently.
 */
function sigmoidLoss(policy: PairLogprobs, reference: PairLogprobs, beta: number): PreferenceLoss {
  return tidy(() => {
    const chosenRewards = tf.mul(tf.sub(policy.chosen, reference.chosen), beta)
    const rejectedRewards = tf.mul(tf.sub(policy.rejected, reference.rejected), beta)
    const margin = tf.sub(chosenRewards, rejectedRewards)
    const drejected = tf.mul(tf.sigmoid(tf.neg(margin)), beta)
    return { losses: tf.softplus(tf.neg(margin)), dchosen: tf.neg(drejected), drejected, chosenRewards, rejectedRewards }
  })
}

/** Log-probabilities of a pair's responses under the reference model. */
export interface Reference {
  readonly chosen: number
  readonly rejected: number
}

/** Sums over pairs (per-token sums: over chosen responses, as TRL logs them). */
export const dpoSums = [
  'loss',
  'nll',
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
 * rejected tokens, not two prompts. With `nll_weight` a > 0, the chosen response's mean negative log-likelihood is added: `L + a NLL(y_w)`
 * (Pang et al. 2024, iterative reasoning preference optimization). Returns `dpoSums`.
 */
export function dpoForwardBackward(
  decoder: Decoder,
  examples: readonly DpoExample[],
  references: readonly Reference[],
  batch: DpoBatch,
  config: Pick<TrainConfig, 'beta' | 'loss_type' | 'nll_weight'>,
  options: ForwardOptions,
  gradients: Gradients,
): Tensor {
  stage('forward')
  const layout = layoutOf(examples)
  const targets = dpoTargets(examples, layout)
  return withDecoderPass(decoder, layout, options, ({ hidden, saved }) => {
    const { scores, saved: heads } = scoreTargets(decoder.weights.head, hidden, targets)
    const policy = pairLogprobs(scores.logprobs, targets)
    const reference = {
      chosen: tf.tensor1d(references.map(({ chosen }) => chosen)),
      rejected: tf.tensor1d(references.map(({ rejected }) => rejected)),
    }
    const loss = preferenceLoss(policy, reference, config)
    const isChosen = tf.tensor1d(targets.weights.slice()) // [M]
    const g = tf.sub(
      tokenGradients(loss.dchosen, loss.drejected, targets, batch.pairs),
      tf.mul(isChosen, config.nll_weight / batch.chosenTokens),
    )
    stage('backward')
    const dhidden = scoreTargetsBackward(decoder.weights.head, g, heads, targets, layout.ids.length, gradients)
    decoderBackward(decoder, dhidden, saved, gradients)
    return tf.stack([
      tf.sum(loss.losses),
      tf.neg(tf.sum(tf.mul(scores.logprobs, isChosen))),
      tf.sum(loss.chosenRewards),
      tf.sum(loss.rejectedRewards),
      tf.sum(tf.cast(tf.greater(loss.chosenRewards, loss.rejectedRewards), 'float32')),
      tf.sum(policy.chosen),
      tf.sum(policy.rejected),
      tf.sum(tf.mul(scores.entropy, isChosen)),
      tf.sum(tf.mul(scores.correct, isChosen)),
    ])
  })
}

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
function pairLogprobs(logprobs: Tensor, targets: Targets): PairLogprobs {
  const sequences = tf.tensor1d([...targets.sequences], 'int32')
  const sums = scatterRows(tf.reshape(logprobs, [-1, 1]), sequences, targets.sequenceCount) // [2 P, 1]
  const [chosen, rejected] = tf.unstack(tf.reshape(sums, [-1, 2]), 1)
  return { chosen, rejected }
}

/** Every token gets its response's gradient: [P] x 2 -> [M], divided by the batch's pairs. */
function tokenGradients(dchosen: Tensor, drejected: Tensor, targets: Targets, pairs: number): Tensor {
  const bySequence = tf.div(tf.reshape(tf.stack([dchosen, drejected], 1), [-1]), pairs) // [2 P]
  return tf.gather(bySequence, tf.tensor1d([...targets.sequences], 'int32'))
}
