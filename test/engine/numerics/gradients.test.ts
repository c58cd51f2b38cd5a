import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Operand, operand } from '../../../main/engine/backends/operand.ts'
import { geglu, gegluBackward } from '../../../main/engine/kernels/geglu.ts'
import { addRmsNorm, rmsNormBackward } from '../../../main/engine/kernels/rms-norm.ts'
import { rotateHeads } from '../../../main/engine/kernels/rope.ts'
import { swiglu, swigluBackward } from '../../../main/engine/kernels/swiglu.ts'
import { plainTimesTransposed } from '../../../main/engine/kernels/thin-product.ts'
import { targetTokens } from '../../../main/engine/kernels/token-scores.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { scoreTokens, scoreTokensBackward } from '../../../main/engine/model/head.ts'
import { type Adapter, inputGradient, linear, linearBackward, weightGradient } from '../../../main/engine/model/linear.ts'
import { Parameter } from '../../../main/engine/model/parameter.ts'
import { normHeads, normHeadsBackward } from '../../../main/engine/model/query-key-norm.ts'
import { anglesAt } from '../../../main/engine/model/rope-tables.ts'
import type { LayerWeights } from '../../../main/engine/model/weights.ts'
import { usePlainBackend } from '../../support/native.ts'
import { distance, randomTensor } from './tiny-model.ts'
import '../../support/autodiff.ts'

/**
 * Every hand-written backward pass is compared with tfjs's automatic differentiation of the plain forward formula. The loss is a fixed
 * random projection of the output, so that no gradient entry is special.
 */
beforeAll(usePlainBackend)

const TOLERANCE = 2e-5

const exact = (tensor: Tensor): Operand => operand(tensor, 'float32')
const same = (actual: Tensor | Operand | undefined, expected: Tensor): void => {
  const tensor = actual && 'precision' in actual ? actual.tensor : (actual as Tensor)
  expect(tensor.shape).toEqual(expected.shape)
  expect(distance(tensor, expected)).toBeLessThan(TOLERANCE)
}

function projected(f: (...x: Tensor[]) => Tensor, inputs: Tensor[]): { dy: Tensor; expected: Tensor[] } {
  const dy = randomTensor(f(...inputs).shape, 99)
  const expected = tf.grads((...x: Tensor[]) => tf.sum(tf.mul(f(...x), dy)))(inputs)
  return { dy, expected }
}

describe('RMS norm', () => {
  const norm = (x: Tensor, w: Tensor) => tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))), w)
  const x = () => randomTensor([5, 8], 1)
  const w = () => randomTensor([8], 2, 1, 0.3)

  test('alone', () => {
    const { dy, expected } = projected(norm, [x(), w()])
    const { sum, y, r } = addRmsNorm(x(), null, w(), 1e-5, 'float32')
    same(y, norm(x(), w()))
    const { dx, rounded, dw } = rmsNormBackward(exact(dy), sum, r, w(), null)
    same(dx, expected[0])
    same(rounded, expected[0])
    same(dw, expected[1])
  })

  test('after a residual connection, whose gradient is added', () => {
    const branch = randomTensor([5, 8], 3)
    const past = randomTensor([5, 8], 4) // the gradient that bypasses the norm
    const { dy } = projected(norm, [x(), w()])
    const loss = (x: Tensor, branch: Tensor, w: Tensor) =>
      tf.add(tf.sum(tf.mul(norm(tf.add(x, branch), w), dy)), tf.sum(tf.mul(tf.add(x, branch), past)))
    const expected = tf.grads(loss)([x(), branch, w()])
    const { sum, y, r } = addRmsNorm(x(), exact(branch), w(), 1e-5, 'float32')
    same(sum, tf.add(x(), branch))
    same(y, norm(tf.add(x(), branch), w()))
    const { dx, dw } = rmsNormBackward(exact(dy), sum, r, w(), past)
    same(dx, expected[0]) // the sum's gradient is that of both summands
    same(dx, expected[1])
    same(dw, expected[2])
  })
})

test('rotary positions: the gradient rotates backward', () => {
  const shape = { heads: 3, keyValueHeads: 1, headDim: 8 }
  const qkv = randomTensor([5, 40], 1)
  const angles = anglesAt(Float64Array.of(1, 0.3, 0.1, 0.03), [0, 1, 2, 7, 11])
  const plain = (x: Tensor) => {
    const [left, right] = tf.split(tf.reshape(x, [5, 5, 8]), 2, 2)
    const turned = tf.concat(
      [tf.sub(tf.mul(left, angles.cos), tf.mul(right, angles.sin)), tf.add(tf.mul(right, angles.cos), tf.mul(left, angles.sin))],
      2,
    )
    return tf.concat([tf.reshape(tf.slice(turned, [0, 0, 0], [5, 4, 8]), [5, 32]), tf.slice(x, [0, 32], [5, 8])], 1)
  }
  const { dy, expected } = projected(plain, [qkv])
  same(rotateHeads(exact(qkv), angles, shape, 1), plain(qkv))
  same(rotateHeads(exact(dy), angles, shape, -1), expected[0])
})

test('SwiGLU, which also returns its activation', () => {
  const gateUp = randomTensor([5, 12], 1, 0, 3)
  const plain = (x: Tensor) => {
    const [gate, up] = tf.split(x, 2, 1)
    return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)
  }
  const { dy, expected } = projected(plain, [gateUp])
  same(swiglu(exact(gateUp)), plain(gateUp))
  const { dgateUp, activation } = swigluBackward(exact(dy), exact(gateUp))
  same(dgateUp, expected[0])
  same(activation, plain(gateUp))
})

test('GeGLU, which also returns its activation', () => {
  const gateUp = randomTensor([5, 12], 1, 0, 3)
  const plain = (x: Tensor) => {
    const [gate, up] = tf.split(x, 2, 1)
    const u = tf.mul(Math.sqrt(2 / Math.PI), tf.add(gate, tf.mul(0.044715, tf.pow(gate, 3))))
    return tf.mul(tf.mul(tf.mul(0.5, gate), tf.add(1, tf.tanh(u))), up)
  }
  const { dy, expected } = projected(plain, [gateUp])
  same(geglu(exact(gateUp)), plain(gateUp))
  const { dgateUp, activation } = gegluBackward(exact(dy), exact(gateUp))
  same(dgateUp, expected[0])
  same(activation, plain(gateUp))
})

describe('projections', () => {
  const multiply = (x: Tensor, w: Tensor) => tf.matMul(x as Tensor2D, w as Tensor2D, false, true)

  test('weight, bias and input', () => {
    const [x, w, b] = [randomTensor([5, 4], 1), randomTensor([6, 4], 2), randomTensor([6], 3)]
    const plain = (x: Tensor, w: Tensor, b: Tensor) => tf.add(multiply(x, w), b)
    const { dy, expected } = projected(plain, [x, w, b])
    const layer = { weight: parameter('w', w, true), bias: parameter('b', b, true, false), adapters: [] }
    same(linear(layer, exact(x), { dropout: null, timesWeights: plainTimesTransposed }), plain(x, w, b))
    const gradients = new Gradients()
    same(linearBackward(layer, exact(dy), exact(x), null, gradients), expected[0])
    same(gradients.get('w'), expected[1])
    same(gradients.get('b'), expected[2])
  })

  test('the input and weight gradients add up to the whole backward pass', () => {
    const [x, w, dy] = [randomTensor([5, 4], 1), randomTensor([6, 4], 2), randomTensor([5, 6], 3)]
    const layer = { weight: parameter('w', w, true), bias: null, adapters: [] }
    const [whole, halves] = [new Gradients(), new Gradients()]
    const dx = linearBackward(layer, exact(dy), exact(x), null, whole)
    same(inputGradient(layer, exact(dy), null, null, halves), dx.tensor)
    weightGradient(layer, exact(dy), exact(x), halves)
    same(halves.get('w'), (whole.get('w') as Operand).tensor)
  })

  describe.each([0, 0.4])('low-rank adapters on some outputs, with a frozen weight and dropout %f', (rate) => {
    const [x, w] = [() => randomTensor([5, 4], 1), () => randomTensor([6, 4], 2)]
    const low = () => [randomTensor([2, 4], 3), randomTensor([3, 2], 4), randomTensor([1, 4], 5), randomTensor([2, 1], 6)]
    const dropout = rate > 0 ? ({ rate: 0, seed: 5, random: 'philox' } as const) : null // adapters have their own rate
    const layerOf = ([a1, b1, a2, b2]: Tensor[]) => {
      const first: Adapter = { a: parameter('a1', a1, true), b: parameter('b1', b1, true), scale: 2, start: 1, end: 4, dropout: rate }
      const second: Adapter = { a: parameter('a2', a2, true), b: parameter('b2', b2, true), scale: 0.5, start: 4, end: 6, dropout: rate }
      return { weight: parameter('w', w(), false), bias: null, adapters: [first, second] }
    }

    test('every gradient', () => {
      // The layer is linear in a, b and x, so its outputs for ones reveal the dropout mask of the input.
      const masks = [0, 1].map((i) => maskOf(`a${i + 1}`, rate))
      const plain = (x: Tensor, a1: Tensor, b1: Tensor, a2: Tensor, b2: Tensor) => {
        const first = tf.mul(multiply(multiply(tf.mul(x, masks[0]), a1), b1), 2)
        const second = tf.mul(multiply(multiply(tf.mul(x, masks[1]), a2), b2), 0.5)
        return tf.add(multiply(x, w()), tf.concat([tf.zeros([5, 1]), first, second], 1))
      }
      const { dy, expected } = projected(plain, [x(), ...low()])
      const layer = layerOf(low())
      same(
        linear(layer, exact(x()), { dropout, timesWeights: plainTimesTransposed }),
        plain(x(), ...(low() as [Tensor, Tensor, Tensor, Tensor])),
      )
      const gradients = new Gradients()
      same(linearBackward(layer, exact(dy), exact(x()), dropout, gradients), expected[0])
      for (const [i, name] of ['a1', 'b1', 'a2', 'b2'].entries()) same(gradients.get(name), expected[i + 1])
      expect(gradients.names).not.toContain('w')
    })

    /** The factors on an adapter's input [5, 4], determined by feeding one column of ones at a time. */
    function maskOf(name: string, rate: number): Tensor {
      const column = (j: number) => {
        const input = tf.cast(tf.oneHot(tf.fill([5], j, 'int32'), 4), 'float32')
        const adapter: Adapter = {
          a: parameter(name, tf.ones([1, 4]), true),
          b: parameter('b', tf.ones([1, 1]), true),
          ...{ scale: 1, start: 0, end: 1, dropout: rate },
        }
        return linear({ weight: parameter('w', tf.zeros([1, 4]), false), bias: null, adapters: [adapter] }, exact(input), {
          dropout,
          timesWeights: plainTimesTransposed,
        }).tensor
      }
      return tf.concat([0, 1, 2, 3].map(column), 1)
    }
  })
})

test('token log-probabilities', () => {
  const hidden = randomTensor([4, 5], 1)
  const w = randomTensor([7, 5], 2)
  const targets = tf.tensor1d([3, 0, 6, 3], 'int32')
  const g = randomTensor([4], 3)
  const logits = tf.matMul(hidden as Tensor2D, w as Tensor2D, false, true)
  const plain = (h: Tensor, w: Tensor) => {
    const logprobs = tf.logSoftmax(tf.matMul(h as Tensor2D, w as Tensor2D, false, true))
    return tf.sum(tf.mul(logprobs, tf.oneHot(targets, 7)), 1)
  }
  const expected = tf.grads((h: Tensor, w: Tensor) => tf.sum(tf.mul(plain(h, w), g)))([hidden, w])
  const gradients = new Gradients()
  const head = parameter('head', w, true)
  const { scores, saved } = scoreTokens(head, exact(hidden), targetTokens([3, 0, 6, 3]))
  const p = tf.softmax(logits)
  same(scores.logprobs, plain(hidden, w))
  same(scores.entropy, tf.neg(tf.sum(tf.mul(p, tf.log(p)), 1)))
  same(scores.correct, tf.cast(tf.equal(tf.argMax(logits, 1), targets), 'float32'))
  same(scoreTokensBackward(head, g, saved, gradients), expected[0])
  same(gradients.get('head'), expected[1])
})

test.each([1, 0.8])('norms of query and key heads, with queries scaled by %f', (queryScale) => {
  const options = { shape: { heads: 3, keyValueHeads: 2, headDim: 4 }, queryScale, normEpsilon: 1e-5, precision: 'float32' } as const
  const [qkv, wq, wk] = [randomTensor([5, 28], 1), randomTensor([4], 2, 1, 0.3), randomTensor([4], 3, 1, 0.3)]
  const plain = (x: Tensor, wq: Tensor, wk: Tensor) => {
    const heads = tf.reshape(x, [5, 7, 4])
    const r = tf.rsqrt(tf.add(tf.mean(tf.square(heads), -1, true), 1e-5))
    const weights = tf.concat(
      [tf.mul(tf.tile(tf.reshape(wq, [1, 1, 4]), [5, 3, 1]), queryScale), tf.tile(tf.reshape(wk, [1, 1, 4]), [5, 2, 1])],
      1,
    )
    const normed = tf.mul(tf.slice(tf.mul(heads, r), [0, 0, 0], [5, 5, 4]), weights)
    return tf.reshape(tf.concat([normed, tf.slice(heads, [0, 5, 0], [5, 2, 4])], 1), [5, 28])
  }
  const { dy, expected } = projected(plain, [qkv, wq, wk])
  const weights = { queryNorm: parameter('q', wq, true, false), keyNorm: parameter('k', wk, true, false) } as LayerWeights
  const { qkv: normed, saved } = normHeads(weights, exact(qkv), options)
  same(normed, plain(qkv, wq, wk))
  const gradients = new Gradients()
  same(normHeadsBackward(weights, exact(dy), saved as NonNullable<typeof saved>, options, gradients), expected[0])
  same(gradients.get('q'), expected[1])
  same(gradients.get('k'), expected[2])
})

function parameter(name: string, value: Tensor, trainable: boolean, matrix = true): Parameter {
  return new Parameter(name, [{ name, shape: value.shape }], exact(value.clone()), { matrix, precision: 'float32', trainable })
}
