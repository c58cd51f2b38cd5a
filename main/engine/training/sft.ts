import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { stage } from '../backends/profiler.ts'
import type { Decoder } from '../model/decoder.ts'
import { decoderBackward, type ForwardOptions, withDecoderPass } from '../model/decoder-training.ts'
import type { Gradients } from '../model/gradients.ts'
import { type Layout, layOut } from '../model/layout.ts'
import type { SftExample } from './encoded-rows.ts'
import { scoreTargets, scoreTargetsBackward, type Targets } from './targets.ts'

/** Sums over target tokens: the weighted loss; the others over completion targets, unweighted. */
export const sftSums = ['loss', 'entropy', 'correct'] as const

/** Total weight of an example's targets. The loss is the weighted mean over the whole batch. */
export function sftWeight(example: SftExample): number {
  const completion = example.weights ? example.weights.reduce((sum, w) => sum + w, 0) : example.completion.length
  return completion + example.promptWeight * (example.prompt.length - 1)
}

/** Number of completion tokens with a loss. */
export const sftTargetCount = (example: SftExample): number =>
  example.weights ? example.weights.filter((w) => w > 0).length : example.completion.length

/**
 * Loss and gradients of some examples: `L = sum_t w_t (-log p_t) / W`, with W the weight of the whole batch, of which these examples may be
 * a part. Returns `sftSums`.
 */
export function sftForwardBackward(
  decoder: Decoder,
  examples: readonly SftExample[],
  batchWeight: number,
  options: ForwardOptions,
  gradients: Gradients,
): Tensor {
  stage('forward')
  const layout = layOut(
    examples.map(({ prompt, completion }) => [...prompt, ...completion]),
    { share: true },
  )
  const targets = sftTargets(examples, layout)
  return withDecoderPass(decoder, layout, options, ({ hidden, saved }) => {
    const scored = scoreTargets(decoder.weights.head, hidden, targets)
    const weights = tf.tensor1d([...targets.weights])
    const counted = tf.tensor1d(targets.sequences.map((s) => (s >= 0 ? 1 : 0)))
    const g = tf.mul(weights, -1 / batchWeight)
    stage('backward')
    const dhidden = scoreTargetsBackward(decoder.weights.head, g, scored.saved, targets, layout.ids.length, gradients)
    decoderBackward(decoder, dhidden, saved, gradients)
    const { logprobs, entropy, correct } = scored.scores
    return tf.stack([tf.neg(tf.sum(tf.mul(logprobs, weights))), tf.sum(tf.mul(entropy, counted)), tf.sum(tf.mul(correct, counted))])
  })
}

/** Targets with weight 0 aren't computed. Prompt targets belong to no sequence (-1), because metrics cover completions only. */
function sftTargets(examples: readonly SftExample[], { places }: Layout): Targets {
  const predictors: number[] = []
  const tokens: number[] = []
  const weights: number[] = []
  const sequences: number[] = []
  examples.forEach(({ prompt, completion, promptWeight, weights: own }, i) => {
    const add = (position: number, token: number, weight: number, sequence: number) => {
      if (weight === 0) return
      predictors.push(places[i][position - 1])
      tokens.push(token)
      weights.push(weight)
      sequences.push(sequence)
    }
    for (let t = 1; t < prompt.length; t++) add(t, prompt[t], promptWeight, -1)
    completion.forEach((token, t) => {
      add(prompt.length + t, token, own ? own[t] : 1, i)
    })
  })
  return { predictors, tokens, weights, sequences, sequenceCount: examples.length }
}
