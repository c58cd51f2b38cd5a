import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect } from 'vitest'
import { kernelSet } from '../../../../main/engine/backends/kernel-set.ts'
import {
  concatOperands,
  type Operand,
  operand,
  product,
  reshapeOperand,
  takeOperand,
  widen,
} from '../../../../main/engine/backends/operand.ts'
import { addInto } from '../../../../main/engine/kernels/accumulate.ts'
import { AdamWScalars, adamwInPlace, squaredNorm } from '../../../../main/engine/kernels/adamw.ts'
import { addBias } from '../../../../main/engine/kernels/add-bias.ts'
import { attendBackward, attendSelf } from '../../../../main/engine/kernels/attention.ts'
import { disposeRuns, placeRuns } from '../../../../main/engine/kernels/attention-runs.ts'
import { addRmsNorm, rmsNormBackward } from '../../../../main/engine/kernels/rms-norm.ts'
import { rotateHeads } from '../../../../main/engine/kernels/rope.ts'
import { shortlist } from '../../../../main/engine/kernels/shortlist.ts'
import { swiglu, swigluBackward } from '../../../../main/engine/kernels/swiglu.ts'
import { scoreLogits, scoreLogitsBackward, targetTokens } from '../../../../main/engine/kernels/token-scores.ts'
import { writeRows } from '../../../../main/engine/kernels/write-rows.ts'
import { needing, softwareAdapter } from '../../../support/needs.ts'
import { webgpuBackend } from '../../../support/software-adapter.ts'
import { sharedPrompt } from '../../kernels/attention-layouts.ts'
import { normal } from '../../kernels/comparison.ts'
import { expectTwins, resultsOn, twins, useTwins } from './twins.ts'

/** The nearest number with eight significant bits; of two, the one whose last bit is 0. */
function nearestHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]
  const [below, rest] = [bits & 0xffff0000, bits & 0xffff]
  const up = rest > 0x8000 || (rest === 0x8000 && (below & 0x10000) !== 0)
  return new Float32Array(Uint32Array.of(up ? below + 0x10000 : below).buffer)[0]
}

/** The plain formulas compute in float32 here, on the same rounded inputs. */
const precisionHere = () => (kernelSet() === 'wgsl' ? 'bfloat16' : 'float32')

function rounded(shape: number[], seed: number, deviation = 1): Operand {
  const values = Float32Array.from(normal(shape, seed, deviation).dataSync(), nearestHalf)
  return operand(tf.tensor(values, shape), precisionHere())
}

/** One rounding of the result, half a unit of eight bits, and differences of float32 sums. */
const once = 2 ** -8 + 1e-5

needing(softwareAdapter).describe('in bfloat16 on WebGPU', () => {
  beforeAll(useTwins)
  const { test } = needing(softwareAdapter)

  test('numbers are rounded to the nearest, ties to even, and widened exactly', async () => {
    const special = [
      0,
      -0,
      1,
      1 + 2 ** -8,
      1 + 3 * 2 ** -8,
      1 + 2 ** -8 + 2 ** -20,
      -1 - 2 ** -8,
      3e38,
      1e-30,
      2 ** -126,
      Number.POSITIVE_INFINITY,
    ]
    for (const values of [special, special.slice(0, 4), [...normal([1001], 1).dataSync()]]) {
      await tf.setBackend('webgpu')
      const { x } = await resultsOn('webgpu', () => ({ x: operand(tf.tensor1d(values), 'bfloat16') }))
      expect(x.values).toEqual(values.map(nearestHalf))
    }
  })

  test('NaN stays NaN', async () => {
    const { x } = await resultsOn('webgpu', () => ({ x: operand(tf.tensor1d([Number.NaN, 1]), 'bfloat16') }))
    expect(x.values[0]).toBeNaN()
  })

  test('a tensor takes half the memory', async () => {
    await tf.setBackend('webgpu')
    const { tensor } = operand(tf.ones([64, 63]), 'bfloat16')
    expect(webgpuBackend().tensorMap.get(tensor.dataId).resource).toMatchObject({ size: 2 * 64 * 63 })
    tensor.dispose()
  })

  const transposes = [
    [false, false],
    [false, true],
    [true, false],
  ] as const // those that models need

  describe.each([
    [1, 1, 2],
    [3, 17, 6],
    [70, 33, 66],
    [2, 5, 7], // an odd width
  ])('a product %i x %i x %i', (M, K, N) => {
    test.each(transposes)('transposed %s, %s', async (transposeA, transposeB) => {
      const results = await twins(() => {
        const [a, b] = [rounded(transposeA ? [K, M] : [M, K], 1), rounded(transposeB ? [N, K] : [K, N], 2)]
        return { y: product(a, b, { transposeA, transposeB }) }
      })
      expectTwins(results, Math.sqrt(K), once)
    })
  })

  test('rows are taken, joined, and seen in another shape as they are', async () => {
    const results = await twins(() => {
      const [a, b] = [rounded([5, 3], 1), rounded([2, 3], 2)] // rows that share words
      const joined = concatOperands(a, b)
      return { joined, taken: takeOperand(joined, tf.tensor1d([6, 0, 6], 'int32')), reshaped: reshapeOperand(joined, [3, 7]) }
    })
    expectTwins(results, 1, 0)
  })

  test.each([6, 7])('rows of %i values are written into a storage, and no others change', async (width) => {
    const results = await twins(() => {
      const rows = tf.tensor2d([4, 0], [2, 1], 'int32')
      return { storage: writeRows(rounded([6, width], 6), rounded([2, width + 2], 5), rows, 2) }
    })
    expectTwins(results, 1, 0)
  })

  test.each([6, 37, 130])('the norm and its gradient, rows of %i values', async (C) => {
    const results = await twins(() => {
      const [x, weight, branch, dy] = [normal([3, C], 1), normal([C], 2), rounded([3, C], 3), rounded([3, C], 4)]
      const { sum, y, r } = addRmsNorm(x, branch, weight, 1e-5, precisionHere())
      const alone = addRmsNorm(x, null, weight, 1e-5, precisionHere())
      const back = rmsNormBackward(dy, sum, r, weight, x)
      return { sum, y, r, alone: alone.y, dx: back.dx, rounded: back.rounded, dw: back.dw }
    })
    const { sum, r, dx, dw, ...inHalves } = results
    expectTwins({ sum, r, dx, dw }, 8)
    expectTwins(inHalves, 1, once)
  })

  test.each([
    [1, 1],
    [3, 37],
    [2, 130],
  ])('the gated activation, its gradient, and a bias, %i x %i', async (N, F) => {
    const results = await twins(() => {
      const [gateUp, dy] = [rounded([N, 2 * F], 1, 3), rounded([N, F], 2)]
      return { y: swiglu(gateUp), biased: addBias(dy, normal([F], 3)), ...swigluBackward(dy, gateUp) }
    })
    expectTwins(results, 1, once)
  })

  test('head rotation', async () => {
    const results = await twins(() => {
      const [cos, sin] = [tf.fill([7, 1, 3], 0.6), tf.fill([7, 1, 3], 0.8)]
      return { rotated: rotateHeads(rounded([7, 24], 1), { cos, sin }, { heads: 2, keyValueHeads: 1, headDim: 6 }, 1) }
    })
    expectTwins(results, 1, once)
  })

  test('attention and its gradient', async () => {
    const shape = { heads: 4, keyValueHeads: 2, headDim: 6 }
    const runs = sharedPrompt(21, 30, 9)
    const results = await twins(() => {
      const [qkv, dy] = [rounded([60, 48], 1), rounded([60, 24], 2)]
      const placed = placeRuns(runs, 20)
      const attended = attendSelf(qkv, placed, shape)
      const dqkv = attendBackward(dy, qkv, attended, placed, shape)
      disposeRuns(placed)
      return { y: attended.y, lse: attended.lse, dqkv }
    })
    expectTwins({ lse: results.lse }, 4)
    expectTwins({ y: results.y }, 1, once)
    expectTwins({ dqkv: results.dqkv }, 4, 2 * once) // y is rounded before its gradient is taken
  })

  test.each([37, 1300])('scores of tokens and their gradient, %i tokens', async (V) => {
    const results = await twins(() => {
      const targets = targetTokens([V - 1, 3, 0])
      const { logprobs, entropy, correct, probabilities } = scoreLogits(rounded([3, V], 1, 4), targets)
      const before = operand(tf.add(widen(probabilities), 0), precisionHere())
      return { logprobs, entropy, correct, before, dlogits: scoreLogitsBackward(normal([3], 2), probabilities, targets) }
    })
    const { before, dlogits, ...scores } = results
    expectTwins(scores, 10)
    expectTwins({ before, dlogits }, 1, 2 * once)
  })

  test('the most likely tokens', async () => {
    const { ids, values, mass } = await twins(() => shortlist(rounded([2, 9001], 1, 4), 0.7, 64))
    expect(values.wgsl).toEqual(values.plain)
    expect(ids.wgsl).toEqual(ids.plain)
    expectTwins({ mass }, 10)
  })

  test('AdamW, sums, and norms of gradients; the rounded weights follow the weights', async () => {
    const results = await twins(() => {
      const scalars = new AdamWScalars({
        ...{ learningRate: 1e-2, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 },
        ...{ step: 3, gradientScale: 0.7 },
      })
      const [value, gradient] = [normal([7, 5], 1), rounded([7, 5], 2)]
      const narrow = operand(value, precisionHere())
      const { value: updated } = adamwInPlace(value, narrow, gradient, { m: normal([7, 5], 3), v: tf.square(normal([7, 5], 4)) }, scalars)
      scalars.dispose()
      const expected = widen(operand(updated, precisionHere()))
      const follows = kernelSet() === 'wgsl' ? tf.sub(widen(narrow), expected) : tf.zeros([7, 5])
      return { updated, follows, sum: addInto(normal([7, 5], 5), gradient), norm: squaredNorm(gradient) }
    })
    expectTwins(results, 30)
    expect(results.follows.wgsl.values.every((value) => value === 0)).toBe(true)
  })
})
