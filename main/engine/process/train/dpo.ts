import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import type { TrainConfig } from '../../train-config.ts'
import { tidy } from '../backend/tidy.ts'
import { type Decoder, decoderBackward, decoderForward, decoderHidden } from '../model/decoder.ts'
import type { Dropout } from '../model/dropout.ts'
import { scatterRows } from '../model/embedding.ts'
import type { Gradients } from '../model/gradients.ts'
import { disposeLayout, type Layout, layOut } from '../model/layout.ts'
import { stage } from '../stages.ts'
import { type PairLogprobs, preferenceLoss } from './dpo-loss.ts'
import type { DpoExample } from './rows.ts'
import { scoreTargets, scoreTargetsBackward, type Targets } from './targets.ts'

/** Log-probabilities of a pair's responses under the reference model. */
export interface Reference {
  readonly chosen: number
  readonly rejected: number
}

/** Sums over the pairs of a micro-batch (token sums: over the chosen responses, as TRL logs them). */
export interface DpoSums {
  readonly loss: number
  readonly nll: number
  readonly chosenRewards: number
  readonly rejectedRewards: number
  readonly correctOrder: number
  readonly chosenLogprobs: number
  readonly rejectedLogprobs: number
  readonly entropy: number
  readonly correct: number
}

/** What a step's losses are divided by: the whole batch, of which a micro-batch is a part. */
export interface DpoBatch {
  readonly pairs: number
  readonly chosenTokens: number
}

/**
 * Loss and gradients of some pairs. Chosen and rejected continue one computed prompt (`layout.ts`), so a pair costs
 * prompt + chosen + rejected tokens, not two prompts. With `nll_weight` a > 0 the chosen response's mean negative
 * log-likelihood is added: `L + a NLL(y_w)` (Pang et al. 2024, iterative reasoning preference optimisation).
 */
export async function dpoForwardBackward(
  decoder: Decoder,
  examples: readonly DpoExample[],
  references: readonly Reference[],
  batch: DpoBatch,
  config: Pick<TrainConfig, 'beta' | 'loss_type' | 'nll_weight'>,
  dropout: Dropout | null,
  gradients: Gradients,
): Promise<DpoSums> {
  stage('forward')
  const layout = layoutOf(decoder, examples)
  const targets = dpoTargets(examples, layout.starts)
  const sums = tidy(() => {
    const { hidden, saved } = decoderForward(decoder, layout, dropout)
    const { scores, saved: heads } = scoreTargets(decoder.weights.head, hidden, targets)
    const policy = pairLogprobs(scores.logprobs, targets)
    const reference = {
      chosen: tf.tensor1d(references.map(({ chosen }) => chosen)),
      rejected: tf.tensor1d(references.map(({ rejected }) => rejected)),
    }
    const loss = preferenceLoss(policy, reference, config)
    const isChosen = tf.tensor1d(targets.weights.slice()) // [M]
    const g = tokenGradients(loss.dchosen, loss.drejected, targets, batch.pairs).sub(isChosen.mul(config.nll_weight / batch.chosenTokens))
    stage('backward')
    const dhidden = scoreTargetsBackward(decoder.weights.head, g, heads, targets, layout.ids.length, gradients)
    decoderBackward(decoder, dhidden, saved, gradients)
    return tf.stack([
      loss.losses.sum(),
      scores.logprobs.mul(isChosen).sum().neg(),
      loss.chosenRewards.sum(),
      loss.rejectedRewards.sum(),
      tf.greater(loss.chosenRewards, loss.rejectedRewards).toFloat().sum(),
      policy.chosen.sum(),
      policy.rejected.sum(),
      scores.entropy.mul(isChosen).sum(),
      scores.correct.mul(isChosen).sum(),
    ])
  })
  const values = await sums.data()
  sums.dispose()
  disposeLayout(layout)
  const [loss, nll, chosenRewards, rejectedRewards, correctOrder, chosenLogprobs, rejectedLogprobs, entropy, correct] = values
  return { loss, nll, chosenRewards, rejectedRewards, correctOrder, chosenLogprobs, rejectedLogprobs, entropy, correct }
}

/** Summed log-probabilities of some pairs' responses: what is stored of the reference model. */
export async function referenceLogprobs(decoder: Decoder, examples: readonly DpoExample[]): Promise<Reference[]> {
  const layout = layoutOf(decoder, examples)
  const targets = dpoTargets(examples, layout.starts)
  const sums = tidy(() => {
    const { scores } = scoreTargets(decoder.weights.head, decoderHidden(decoder, layout), targets)
    const { chosen, rejected } = pairLogprobs(scores.logprobs, targets)
    return tf.stack([chosen, rejected], 1) // [P, 2]
  })
  const values = await sums.data()
  sums.dispose()
  disposeLayout(layout)
  return examples.map((_, i) => ({ chosen: values[2 * i], rejected: values[2 * i + 1] }))
}

/** Tokens a pair occupies when prompt is shared. */
export const pairTokens = ({ prompt, chosen, rejected }: DpoExample): number => prompt.length + chosen.length + rejected.length

function layoutOf(decoder: Decoder, examples: readonly DpoExample[]): Layout {
  const rows = examples.map(({ prompt, chosen, rejected }) => ({ prompt, continuations: [chosen, rejected] }))
  return layOut(rows, decoder.config.slidingWindow)
}

/** Sequences 2i and 2i + 1 are pair i's chosen and rejected; `weights` is 1 on chosen tokens. Both first tokens are predicted by the prompt's last. */
function dpoTargets(examples: readonly DpoExample[], starts: readonly number[]): Targets {
  const predictors: number[] = []
  const tokens: number[] = []
  const weights: number[] = []
  const sequences: number[] = []
  examples.forEach(({ prompt, chosen, rejected }, i) => {
    const end = starts[i] + prompt.length
    const responses = [
      { response: chosen, from: end },
      { response: rejected, from: end + chosen.length },
    ]
    responses.forEach(({ response, from }, side) => {
      response.forEach((token, t) => {
        predictors.push(t === 0 ? end - 1 : from + t - 1)
        tokens.push(token)
        weights.push(side === 0 ? 1 : 0)
        sequences.push(2 * i + side)
      })
    })
  })
  return { predictors, tokens, weights, sequences, sequenceCount: 2 * examples.length }
}

/** Token log-probabilities [M] -> sums per response, chosen and rejected [P] each. */
function pairLogprobs(logprobs: Tensor, targets: Targets): PairLogprobs {
  const sequences = tf.tensor1d([...targets.sequences], 'int32')
  const sums = scatterRows(logprobs.reshape([-1, 1]), sequences, targets.sequenceCount) // [2 P, 1]
  const [chosen, rejected] = tf.unstack(sums.reshape([-1, 2]), 1)
  return { chosen, rejected }
}

/** Every token of a response has the response's gradient: [P] x 2 -> [M], divided by the batch's pairs. */
function tokenGradients(dchosen: Tensor, drejected: Tensor, targets: Targets, pairs: number): Tensor {
  const bySequence = tf.stack([dchosen, drejected], 1).reshape([-1]).div(pairs) // [2 P]
  return tf.gather(bySequence, tf.tensor1d([...targets.sequences], 'int32'))
}
