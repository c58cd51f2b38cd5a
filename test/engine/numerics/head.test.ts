import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { operand, takeOperand, widen } from '../../../main/engine/backends/operand.ts'
import { HEAD_CHUNK } from '../../../main/engine/batch-limits.ts'
import { targetTokens } from '../../../main/engine/kernels/token-scores.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { scoreTokens, scoreTokensBackward } from '../../../main/engine/model/head.ts'
import { Parameter } from '../../../main/engine/model/parameter.ts'
import { scoreTargets, scoreTargetsBackward, type Targets, targetScores } from '../../../main/engine/training/targets.ts'
import { usePlainBackend } from '../../support/native.ts'
import { distance, randomTensor } from './tiny-model.ts'

beforeAll(usePlainBackend)

const tokens = 40
const count = HEAD_CHUNK + 77 // one whole chunk and part of another
const targets: Targets = {
  predictors: Array.from({ length: count }, (_, i) => (7 * i) % tokens), // each state predicts many times
  tokens: Array.from({ length: count }, (_, i) => (5 * i) % 11),
  weights: new Array(count).fill(1),
  sequences: new Array(count).fill(0),
  sequenceCount: 1,
}

test('chunked log-probabilities and gradients equal unchunked ones', () => {
  const hidden = operand(randomTensor([tokens, 6], 1), 'float32')
  const value = operand(randomTensor([11, 6], 2), 'float32')
  const parts = [{ name: 'head', shape: [11, 6] }]
  const head = new Parameter('head', parts, value, { matrix: true, precision: 'float32', trainable: true })
  const g = randomTensor([count], 3)

  const predictors = tf.tensor1d([...targets.predictors], 'int32')
  const whole = scoreTokens(head, takeOperand(hidden, predictors), targetTokens(targets.tokens))
  const wholeGradients = new Gradients()
  const dstates = scoreTokensBackward(head, g, whole.saved, wholeGradients)
  const dhidden = tf.unsortedSegmentSum(widen(dstates), predictors, tokens)

  const chunked = scoreTargets(head, hidden, targets)
  expect(chunked.saved).toHaveLength(2)
  const gradients = new Gradients()
  const dchunked = scoreTargetsBackward(head, g, chunked.saved, targets, tokens, gradients)

  for (const name of ['logprobs', 'entropy', 'correct'] as const) {
    expect(distance(chunked.scores[name], whole.scores[name])).toBeLessThan(1e-6)
    expect(distance(targetScores(head, hidden, targets)[name], whole.scores[name])).toBeLessThan(1e-6)
  }
  expect(distance(widen(dchunked), dhidden)).toBeLessThan(1e-4)
  expect(distance(widen(gradients.get('head')!), widen(wholeGradients.get('head')!))).toBeLessThan(1e-4)
})
