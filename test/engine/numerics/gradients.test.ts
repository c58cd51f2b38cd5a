import type { Tensor, Tensor2D } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Operand, operand } from '../../../main/engine/backends/operand.ts'
import { addRmsNorm, rmsNormBackward } from '../../../main/engine/kernels/rms-norm.ts'
import { rotateHeads } from '../../../main/engine/kernels/rope.ts'
import { swiglu, swigluBackward } from '../../../main/engine/kernels/swiglu.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { scoreTokens, scoreTokensBackward } from '../../../main/engine/model/head.ts'
import { type Adapter, inputGradient, linear, linearBackward, weightGradient } from '../../../main/engine/model/linear.ts'
import { Parameter } from '../../../main/engine/model/parameter.ts'
import { normHeads, normHeadsBackward } from '../../../main/engine/model/query-key-norm.ts'
import { anglesAt } from '../../../main/engine/model/rope-tables.ts'
import type { LayerWeights } from '../../../main/engine/model/weights.ts'
import { distance, randomTensor } from './tiny-model.ts'

/**
 * Every hand-written backward pass is compared with tfjs's automatic differentiation of the plain forward formula. The loss is a fixed
 * random projection of the output, so that no gradient entry is special.
 */
beforeAll(async () => {
  await tf.setBackend('cpu')
})

const TOLERANCE = 2e-5

const exact = (tensor: Tensor): Operand => operand(tensor, 'float32')
const same = (actual: Tensor | Operand | undefined, expected: Tensor): void => {
  const tensor = actual && 'precision' in actual ? actual.tensor : (actual as Tensor)
  expect(tensor.shape).toEqual(expected.shape)
  expect(distance(tensor, expected)).toBeLessThan(TOLERANCE)
}

function projected(f: (...x: Tensor[]) => Tensor, inputs: Tensor[]): { dy: Tensor; expected: Tensor[] } {
  const dy = randomTensor(f(...inputs).shape, 99)
  const expected = tf.grads((...x: Tensor[]) =>
    f(...x)
      .mul(dy)
      .sum(),
  )(inputs)
  return { dy, expected }
}

describe('RMS norm', () => {
  const norm = (x: Tensor, w: Tensor) => x.mul(x.square().mean(-1, true).add(1e-5).rsqrt()).mul(w)
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
    const loss = (x: Tensor, branch: Tensor, w: Tensor) => norm(x.add(branch), w).mul(dy).sum().add(x.add(branch).mul(past).sum())
    const expected = tf.grads(loss)([x(), branch, w()])
    const { sum, y, r } = addRmsNorm(x(), exact(branch), w(), 1e-5, 'float32')
    same(sum, x().add(branch))
    same(y, norm(x().add(branch), w()))
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
    const [left, right] = tf.split(x.reshape([5, 5, 8]), 2, 2)
    const turned = tf.concat([left.mul(angles.cos).sub(right.mul(angles.sin)), right.mul(angles.cos).add(left.mul(angles.sin))], 2)
    return tf.concat([turned.slice([0, 0, 0], [5, 4, 8]).reshape([5, 32]), x.slice([0, 32], [5, 8])], 1)
  }
  const { dy, expected } = projected(plain, [qkv])
  same(rotateHeads(exact(qkv), angles, shape, 1), plain(qkv))
  same(rotateHeads(exact(dy), angles, shape, -1), expected[0])
})

test('SwiGLU, which also returns its activation', () => {
  const gateUp = randomTensor([5, 12], 1, 0, 3)
  const plain = (x: Tensor) => {
    const [gate, up] = tf.split(x, 2, 1)
    return gate.mul(tf.sigmoid(gate)).mul(up)
  }
  const { dy, expected } = projected(plain, [gateUp])
  same(swiglu(exact(gateUp)), plain(gateUp))
  const { dgateUp, activation } = swigluBackward(exact(dy), exact(gateUp))
  same(dgateUp, expected[0])
  same(activation, plain(gateUp))
})

describe('projections', () => {
  const multiply = (x: Tensor, w: Tensor) => tf.matMul(x as Tensor2D, w as Tensor2D, false, true)

  test('weight, bias and input', () => {
    const [x, w, b] = [randomTensor([5, 4], 1), randomTensor([6, 4], 2), randomTensor([6], 3)]
    const plain = (x: Tensor, w: Tensor, b: Tensor) => multiply(x, w).add(b)
    const { dy, expected } = projected(plain, [x, w, b])
    const layer = { weight: parameter('w', w, true), bias: parameter('b', b, true, false), adapters: [] }
    same(linear(layer, exact(x), null), plain(x, w, b))
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
    const dropout = rate > 0 ? { rate: 0, seed: 5 } : null // adapters have their own rate
    const layerOf = ([a1, b1, a2, b2]: Tensor[]) => {
      const first: Adapter = { a: parameter('a1', a1, true), b: parameter('b1', b1, true), scale: 2, start: 1, end: 4, dropout: rate }
      const second: Adapter = { a: parameter('a2', a2, true), b: parameter('b2', b2, true), scale: 0.5, start: 4, end: 6, dropout: rate }
      return { weight: parameter('w', w(), false), bias: null, adapters: [first, second] }
    }

    test('every gradient', () => {
      // The layer is linear in a, b and x, so its outputs for ones reveal the dropout mask of the input.
      const masks = [0, 1].map((i) => maskOf(`a${i + 1}`, rate))
      const plain = (x: Tensor, a1: Tensor, b1: Tensor, a2: Tensor, b2: Tensor) => {
        const first = multiply(multiply(x.mul(masks[0]), a1), b1).mul(2)
        const second = multiply(multiply(x.mul(masks[1]), a2), b2).mul(0.5)
        return multiply(x, w()).add(tf.concat([tf.zeros([5, 1]), first, second], 1))
      }
      const { dy, expected } = projected(plain, [x(), ...low()])
      const layer = layerOf(low())
      same(linear(layer, exact(x()), dropout), plain(x(), ...(low() as [Tensor, Tensor, Tensor, Tensor])))
      const gradients = new Gradients()
      same(linearBackward(layer, exact(dy), exact(x()), dropout, gradients), expected[0])
      for (const [i, name] of ['a1', 'b1', 'a2', 'b2'].entries()) same(gradients.get(name), expected[i + 1])
      expect(gradients.names).not.toContain('w')
    })

    /** The factors on an adapter's input [5, 4], determined by feeding one column of ones at a time. */
    function maskOf(name: string, rate: number): Tensor {
      const column = (j: number) => {
        const input = tf.oneHot(tf.fill([5], j, 'int32'), 4).toFloat()
        const adapter: Adapter = {
          a: parameter(name, tf.ones([1, 4]), true),
          b: parameter('b', tf.ones([1, 1]), true),
          ...{ scale: 1, start: 0, end: 1, dropout: rate },
        }
        return linear({ weight: parameter('w', tf.zeros([1, 4]), false), bias: null, adapters: [adapter] }, exact(input), dropout).tensor
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
    return logprobs.mul(tf.oneHot(targets, 7)).sum(1)
  }
  const expected = tf.grads((h: Tensor, w: Tensor) => plain(h, w).mul(g).sum())([hidden, w])
  const gradients = new Gradients()
  const head = parameter('head', w, true)
  const { scores, saved } = scoreTokens(head, exact(hidden), targets)
  const p = tf.softmax(logits)
  same(scores.logprobs, plain(hidden, w))
  same(scores.entropy, p.mul(tf.log(p)).sum(1).neg())
  same(scores.correct, tf.equal(tf.argMax(logits, 1), targets).toFloat())
  same(scoreTokensBackward(head, g, saved, gradients), expected[0])
  same(gradients.get('head'), expected[1])
})

test('norms of query and key heads', () => {
  const options = { shape: { heads: 3, keyValueHeads: 2, headDim: 4 }, normEpsilon: 1e-5, precision: 'float32' } as const
  const [qkv, wq, wk] = [randomTensor([5, 28], 1), randomTensor([4], 2, 1, 0.3), randomTensor([4], 3, 1, 0.3)]
  const plain = (x: Tensor, wq: Tensor, wk: Tensor) => {
    const heads = x.reshape([5, 7, 4])
    const r = heads.square().mean(-1, true).add(1e-5).rsqrt()
    const weights = tf.concat([tf.tile(wq.reshape([1, 1, 4]), [5, 3, 1]), tf.tile(wk.reshape([1, 1, 4]), [5, 2, 1])], 1)
    const normed = heads.mul(r).slice([0, 0, 0], [5, 5, 4]).mul(weights)
    return tf.concat([normed, heads.slice([0, 5, 0], [5, 2, 4])], 1).reshape([5, 28])
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
  return new Parameter(name, [{ name, shape: value.shape }], value.clone(), { matrix, precision: 'float32', trainable })
}
