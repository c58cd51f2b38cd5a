import { beforeAll, describe, expect } from 'vitest'
import { attend, attendBackward, attendSelf } from '../../../../main/engine/kernels/attention.ts'
import { disposeRuns, placeRuns, type Runs } from '../../../../main/engine/kernels/attention-runs.ts'
import type { HeadShape } from '../../../../main/engine/kernels/head-shape.ts'
import { needing, softwareAdapter } from '../../../support/needs.ts'
import { oneToken, rowsIn, separateTexts, sharedStarts } from '../../kernels/attention-layouts.ts'
import { normalOperand } from '../../kernels/comparison.ts'
import { expectTwins, resultsOn, twins, useTwins } from './twins.ts'

const shapes: Record<string, HeadShape> = {
  'three heads over one': { heads: 3, keyValueHeads: 1, headDim: 32 },
  'a width that fills no vector': { heads: 4, keyValueHeads: 2, headDim: 6 },
  'a head too wide for the largest tile': { heads: 2, keyValueHeads: 2, headDim: 72 },
  'more heads over one than a tile has rows': { heads: 20, keyValueHeads: 1, headDim: 8 },
}

const layouts: Record<string, Runs> = {
  'one token': oneToken,
  'rows of different lengths': separateTexts(70, 3, 17),
  'pairs with a shared prompt': sharedStarts(21, 30, 9),
}

/** Forward and backward pass over the tokens' own keys. */
function selfAttention(runs: Runs, window: number | null, shape: HeadShape) {
  const N = rowsIn(runs)
  const qkv = normalOperand([N, (shape.heads + 2 * shape.keyValueHeads) * shape.headDim], 1, 'float32')
  const dy = normalOperand([N, shape.heads * shape.headDim], 2, 'float32')
  const placed = placeRuns(runs, window)
  const attended = attendSelf(qkv, placed, shape)
  const dqkv = attendBackward(dy, qkv, attended, placed, shape)
  disposeRuns(placed)
  return { y: attended.y, lse: attended.lse, dqkv }
}

needing(softwareAdapter).describe('attention in WebGPU matches the plain formulas:', () => {
  beforeAll(useTwins)
  const { test } = needing(softwareAdapter)

  describe.each(Object.keys(shapes))('%s,', (shape) => {
    for (const layout of Object.keys(layouts)) {
      for (const window of [null, 5]) {
        test(`${layout}, ${window ? 'a sliding window' : 'all positions'}`, async () => {
          expectTwins(await twins(() => selfAttention(layouts[layout], window, shapes[shape])), 8)
        })
      }
    }
  })

  test.each([null, 30])('decoding: single-token queries over scattered ranges of a cache, window %s', async (window) => {
    const shape = { heads: 9, keyValueHeads: 3, headDim: 16 }
    const runs: Runs = {
      runs: Int32Array.of(0, 1, 0, 2, 1, 1, 2, 1, 2, 1, 3, 3),
      ranges: Int32Array.of(10, 40, 60, 7, 50, 1, 0, 49, 45, 48, 52, 5), // more keys than one block, a single key, and several ranges
    }
    const results = await twins(() => {
      const [queries, cache] = [normalOperand([3, 15 * 16], 3, 'float32'), normalOperand([100, 6 * 16], 4, 'float32')]
      const placed = placeRuns(runs, window)
      const { y, lse } = attend(queries, cache, placed, shape, { keyOffset: 0, valueOffset: 3 * 16 })
      disposeRuns(placed)
      return { y, lse }
    })
    expectTwins(results, 4)
  })

  test('runs without queries and ranges without keys change nothing', async () => {
    const shape = shapes['a width that fills no vector']
    const plainRuns: Runs = { runs: Int32Array.of(0, 3, 0, 1, 3, 2, 1, 2), ranges: Int32Array.of(0, 3, 0, 3, 3, 2) }
    const withEmpty: Runs = {
      runs: Int32Array.of(0, 3, 0, 1, 3, 0, 1, 1, 3, 2, 2, 4, 5, 0, 6, 0),
      ranges: Int32Array.of(0, 3, 0, 2, 0, 3, 1, 0, 3, 2, 5, 0),
    }
    const without = await resultsOn('webgpu', () => selfAttention(plainRuns, null, shape))
    const results = await resultsOn('webgpu', () => selfAttention(withEmpty, null, shape))
    expect(results).toEqual(without)
  })

  test('the bits repeat', async () => {
    const compute = () => selfAttention(layouts['pairs with a shared prompt'], null, shapes['three heads over one'])
    expect(await resultsOn('webgpu', compute)).toEqual(await resultsOn('webgpu', compute))
  })
})
