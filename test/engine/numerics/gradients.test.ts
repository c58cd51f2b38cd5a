import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { operand } from '../../../main/engine/process/backend/operand.ts'
import { attention, attentionBackward } from '../../../main/engine/process/model/attention.ts'
import { Gradients } from '../../../main/engine/process/model/gradients.ts'
import { scoreTokens, scoreTokensBackward } from '../../../main/engine/process/model/head.ts'
import { disposeLayout, layOut, type Row } from '../../../main/engine/process/model/layout.ts'
import { type Adapter, linear, linearBackward } from '../../../main/engine/process/model/linear.ts'
import { Parameter } from '../../../main/engine/process/model/parameter.ts'
import { rmsNorm, rmsNormBackward } from '../../../main/engine/process/model/rms-norm.ts'
import { rotate, rotateBackward, rotationAt } from '../../../main/engine/process/model/rope.ts'
import { swiglu, swigluBackward } from '../../../main/engine/process/model/swiglu.ts'
import { distance, randomTensor } from './tiny-model.ts'

/**
 * Every hand-written way back is compared with tfjs's automatic differentiation of the plain forward formula.
 * The loss is a fixed random projection of the output, so that no gradient entry is special.
 */
beforeAll(async () => {
  await tf.setBackend('cpu')
})

const TOLERANCE = 2e-5

function projected(f: (...x: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): { dy: tf.Tensor; expected: tf.Tensor[] } {
  const dy = randomTensor(f(...inputs).shape, 99)
  const expected = tf.grads((...x: tf.Tensor[]) =>
    f(...x)
      .mul(dy)
      .sum(),
  )(inputs)
  return { dy, expected }
}

test('RMS norm', () => {
  const x = randomTensor([5, 8], 1)
  const w = randomTensor([8], 2, 1, 0.3)
  const { dy, expected } = projected((x, w) => x.mul(x.square().mean(-1, true).add(1e-5).rsqrt()).mul(w), [x, w])
  const { dx, dw } = rmsNormBackward(dy, w, rmsNorm(x, w, 1e-5).saved)
  expect(distance(dx, expected[0])).toBeLessThan(TOLERANCE)
  expect(distance(dw, expected[1])).toBeLessThan(TOLERANCE)
})

test('rotary positions', () => {
  const x = randomTensor([5, 3, 8], 1)
  const rotation = rotationAt(Float64Array.of(1, 0.3, 0.1, 0.03), [0, 1, 2, 7, 11])
  const { dy, expected } = projected((x) => rotate(x, rotation), [x])
  expect(distance(rotateBackward(dy, rotation), expected[0])).toBeLessThan(TOLERANCE)
})

test('SwiGLU', () => {
  const x = randomTensor([5, 12], 1, 0, 3)
  const { dy, expected } = projected((x) => swiglu(x), [x])
  expect(distance(swigluBackward(dy, x), expected[0])).toBeLessThan(TOLERANCE)
})

describe('attention', () => {
  const shape = { heads: 4, keyValueHeads: 2, headDim: 6 }
  const layouts: Record<string, [Row[], number | null]> = {
    'rows of equal length': [[row(5), row(5)], null],
    'rows of different lengths': [[row(5), row(3), row(7)], null],
    'a sliding window': [[row(6), row(4)], 3],
    'a prompt shared by two continuations': [[row(3, 4, 2), row(2, 1, 3)], null],
  }
  for (const [name, [rows, window]] of Object.entries(layouts)) {
    test(name, () => {
      const layout = layOut(rows, window)
      const n = layout.ids.length
      const inputs = [randomTensor([n, 4, 6], 1), randomTensor([n, 2, 6], 2), randomTensor([n, 2, 6], 3)]
      const { dy, expected } = projected((q, k, v) => plainAttention(q, k, v, rows, window), inputs)
      const { y, saved } = attention(inputs[0], inputs[1], inputs[2], layout, shape, 'float32')
      expect(distance(y, plainAttention(inputs[0], inputs[1], inputs[2], rows, window))).toBeLessThan(TOLERANCE)
      const { dq, dk, dv } = attentionBackward(dy, saved, layout, shape)
      expect(distance(dq, expected[0])).toBeLessThan(TOLERANCE)
      expect(distance(dk, expected[1])).toBeLessThan(TOLERANCE)
      expect(distance(dv, expected[2])).toBeLessThan(TOLERANCE)
      disposeLayout(layout)
    })
  }
})

describe('projections', () => {
  test('weight, bias and input', () => {
    const x = randomTensor([5, 4], 1)
    const w = randomTensor([6, 4], 2)
    const b = randomTensor([6], 3)
    const { dy, expected } = projected((x, w, b) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D, false, true).add(b), [x, w, b])
    const layer = { weight: parameter('w', w, true), bias: parameter('b', b, true, false), adapters: [] }
    const gradients = new Gradients()
    expect(distance(linearBackward(layer, dy, operand(x, 'float32'), null, gradients), expected[0])).toBeLessThan(TOLERANCE)
    expect(distance(gradients.get('w') as tf.Tensor, expected[1])).toBeLessThan(TOLERANCE)
    expect(distance(gradients.get('b') as tf.Tensor, expected[2])).toBeLessThan(TOLERANCE)
  })

  test('a low-rank adapter on some outputs, beside a frozen weight', () => {
    const x = randomTensor([5, 4], 1)
    const w = randomTensor([6, 4], 2)
    const a = randomTensor([2, 4], 3)
    const b = randomTensor([3, 2], 4)
    const plain = (x: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => {
      const base = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D, false, true)
      const delta = tf.matMul(tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D, false, true), b as tf.Tensor2D, false, true).mul(2)
      return base.add(tf.concat([tf.zeros([5, 1]), delta, tf.zeros([5, 2])], 1))
    }
    const { dy, expected } = projected(plain, [x, a, b])
    const adapter: Adapter = { a: parameter('a', a, true), b: parameter('b', b, true), scale: 2, start: 1, end: 4, dropout: 0 }
    const layer = { weight: parameter('w', w, false), bias: null, adapters: [adapter] }
    const gradients = new Gradients()
    expect(distance(linear(layer, operand(x, 'float32'), null), plain(x, a, b))).toBeLessThan(TOLERANCE)
    expect(distance(linearBackward(layer, dy, operand(x, 'float32'), null, gradients), expected[0])).toBeLessThan(TOLERANCE)
    expect(distance(gradients.get('a') as tf.Tensor, expected[1])).toBeLessThan(TOLERANCE)
    expect(distance(gradients.get('b') as tf.Tensor, expected[2])).toBeLessThan(TOLERANCE)
    expect(gradients.get('w')).toBeUndefined()
  })
})

test('token log-probabilities', () => {
  const hidden = randomTensor([4, 5], 1)
  const w = randomTensor([7, 5], 2)
  const targets = tf.tensor1d([3, 0, 6, 3], 'int32')
  const g = randomTensor([4], 3)
  const plain = (h: tf.Tensor, w: tf.Tensor) => {
    const logprobs = tf.logSoftmax(tf.matMul(h as tf.Tensor2D, w as tf.Tensor2D, false, true))
    return logprobs.mul(tf.oneHot(targets, 7)).sum(1)
  }
  const expected = tf.grads((h: tf.Tensor, w: tf.Tensor) => plain(h, w).mul(g).sum())([hidden, w])
  const gradients = new Gradients()
  const head = parameter('head', w, true)
  const { scores, saved } = scoreTokens(head, hidden, targets)
  expect(distance(scores.logprobs, plain(hidden, w))).toBeLessThan(TOLERANCE)
  expect(distance(scoreTokensBackward(head, g, saved, gradients), expected[0])).toBeLessThan(TOLERANCE)
  expect(distance(gradients.get('head') as tf.Tensor, expected[1])).toBeLessThan(TOLERANCE)
})

function row(prompt: number, ...continuations: number[]): Row {
  return { prompt: new Array<number>(prompt).fill(1), continuations: continuations.map((n) => new Array<number>(n).fill(1)) }
}

function parameter(name: string, value: tf.Tensor, trainable: boolean, matrix = true): Parameter {
  return new Parameter(name, [{ name, shape: value.shape }], value.clone(), { matrix, precision: 'float32', trainable })
}

/** One query token at a time, straight from the definition: every token lists the tokens it may see. */
function plainAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, rows: Row[], window: number | null): tf.Tensor {
  const outputs: tf.Tensor[] = []
  let start = 0
  for (const { prompt, continuations } of rows) {
    const runs = [prompt.length, ...continuations.map((c) => c.length)]
    let from = start
    runs.forEach((length, run) => {
      for (let i = 0; i < length; i++) {
        const before = run === 0 ? [] : Array.from({ length: prompt.length }, (_, j) => start + j)
        const seen = [...before, ...Array.from({ length: i + 1 }, (_, j) => from + j)].slice(window === null ? 0 : -window)
        outputs.push(attendOne(q.slice([from + i, 0, 0], [1, -1, -1]).reshape([4, 6]), tf.gather(k, seen), tf.gather(v, seen)))
      }
      from += length
    })
    start = from
  }
  return tf.stack(outputs)
}

function attendOne(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor {
  const heads = [0, 1, 2, 3].map((h) => {
    const keys = k.slice([0, h >> 1, 0], [-1, 1, -1]).reshape([-1, 6])
    const values = v.slice([0, h >> 1, 0], [-1, 1, -1]).reshape([-1, 6])
    const scores = tf.matMul(q.slice([h, 0], [1, 6]) as tf.Tensor2D, keys as tf.Tensor2D, false, true).div(Math.sqrt(6))
    return tf.matMul(tf.softmax(scores) as tf.Tensor2D, values as tf.Tensor2D).reshape([6])
  })
  return tf.concat(heads)
}
