import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { operand, takeOperand } from '../../../main/engine/backends/operand.ts'
import { type Decoder, layoutStates } from '../../../main/engine/model/decoder.ts'
import { decoderBackward, withDecoderPass } from '../../../main/engine/model/decoder-training.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { layOut } from '../../../main/engine/model/layout.ts'
import { parametersOf } from '../../../main/engine/model/weights.ts'
import { scoreTargets, scoreTargetsBackward } from '../../../main/engine/training/targets.ts'
import { usePlainBackend } from '../../support/native.ts'
import { plainHidden, weightsOf } from './plain-decoder.ts'
import { distance, randomTensor, randomWeights, tinyConfig, tinyDecoder } from './tiny-model.ts'

beforeAll(usePlainBackend)

const tokens = (from: number, length: number) => Array.from({ length }, (_, i) => (7 * from + 3 * i) % 29)
const prompt = tokens(1, 10)
const middle = tokens(2, 9)

const cases: Record<string, number[][]> = {
  'different sequences': [tokens(3, 7), tokens(4, 1), tokens(5, 4)],
  'two answers to one prompt': [
    [...prompt, ...tokens(6, 3)],
    [...prompt, ...tokens(8, 5)],
  ],
  'a tree, with equal sequences and one that is a prefix of others': [
    [...prompt, ...middle, ...tokens(6, 3)],
    [...prompt, ...middle, ...tokens(8, 2)],
    [...prompt, ...tokens(9, 4)],
    prompt,
    [...prompt, ...tokens(9, 4)],
    tokens(3, 6),
  ],
}

const models = {
  'a Llama': tinyConfig(),
  'a Mistral with a window of 4': tinyConfig({ model_type: 'mistral', sliding_window: 4 }),
  'a Qwen2': tinyConfig({ model_type: 'qwen2' }),
  'a Qwen3 without tied embeddings': tinyConfig({ model_type: 'qwen3', tie_word_embeddings: false }),
}

describe.each(Object.entries(models))('%s', (_, config) => {
  describe.each(Object.entries(cases))('on %s', (_, sequences) => {
    test.each([true, false])('has the hidden states of each sequence alone; sharing: %s', (share) => {
      const hidden = hiddenOf(tinyDecoder(config), sequences, share)
      const weights = weightsOf(randomWeights(config, 1))
      sequences.forEach((sequence, s) => {
        expect(distance(hidden[s], plainHidden(config, weights, sequence))).toBeLessThan(1e-5)
      })
    })

    test('has the same gradients with and without shared prefixes', () => {
      const decoder = tinyDecoder(config)
      const shared = gradientsOf(decoder, sequences, true)
      const separate = gradientsOf(decoder, sequences, false)
      for (const { name } of parametersOf(decoder.weights)) {
        expect(distance(shared.get(name)!.tensor, separate.get(name)!.tensor)).toBeLessThan(5e-5)
      }
    })
  })
})

test('leaks no tensors, and a repeated prefix costs nothing', () => {
  const decoder = tinyDecoder()
  const sequences = cases['two answers to one prompt']
  const before = tf.memory().numTensors
  layoutStates(decoder, layOut(sequences, { share: true })).tensor.dispose()
  gradientsOf(decoder, sequences, true).dispose()
  expect(tf.memory().numTensors).toBe(before)
  expect(layOut(sequences, { share: true }).ids.length).toBe(prompt.length + 3 + 5)
  expect(layOut(sequences, { share: false }).ids.length).toBe(2 * prompt.length + 3 + 5)
})

/** Final states of every sequence's tokens, in its own order. */
function hiddenOf(decoder: Decoder, sequences: number[][], share: boolean): tf.Tensor[] {
  const layout = layOut(sequences, { share })
  const states = layoutStates(decoder, layout)
  return layout.places.map((places) => takeOperand(states, tf.tensor1d(places, 'int32')).tensor)
}

/** Gradients of a weighted sum of all sequences' token log-probabilities, with different weights per sequence. */
function gradientsOf(decoder: Decoder, sequences: number[][], share: boolean): Gradients {
  const layout = layOut(sequences, { share })
  const each = sequences.flatMap((sequence, s) => sequence.slice(1).map((token, t) => ({ token, predictor: layout.places[s][t], s })))
  const targets = {
    predictors: each.map(({ predictor }) => predictor),
    tokens: each.map(({ token }) => token),
    weights: each.map(() => 1),
    sequences: each.map(({ s }) => s),
    sequenceCount: sequences.length,
  }
  const gradients = new Gradients()
  withDecoderPass(decoder, layout, { dropout: null, recompute: false }, ({ hidden, saved }) => {
    const { saved: heads } = scoreTargets(decoder.weights.head, hidden, targets)
    const g = randomTensor([each.length], 5)
    const dhidden = scoreTargetsBackward(decoder.weights.head, g, heads, targets, layout.ids.length, gradients)
    decoderBackward(decoder, operand(dhidden.tensor, 'float32'), saved, gradients)
  })
  return gradients
}

test('a pass that throws leaks no tensors', () => {
  const decoder = tinyDecoder(tinyConfig())
  const layout = layOut([prompt], { share: true })
  const before = tf.memory().numTensors
  const fail = () =>
    withDecoderPass(decoder, layout, { dropout: null, recompute: false }, () => {
      throw new Error('in the middle')
    })
  expect(fail).toThrow('in the middle')
  expect(tf.memory().numTensors).toBe(before)
})
