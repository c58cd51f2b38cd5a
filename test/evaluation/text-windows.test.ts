import { describe, expect, test } from 'vitest'
import { perplexityFigures, textWindows } from '../../main/evaluation/text-windows.ts'

const ids = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('windows of a text', () => {
  test('measure each token but the first once, given the stride’s rest of the context', () => {
    expect(textWindows(ids(10), { context: 4, stride: 2 })).toEqual([
      { ids: [0, 1, 2, 3], scored: 3 },
      { ids: [2, 3, 4, 5], scored: 2 },
      { ids: [4, 5, 6, 7], scored: 2 },
      { ids: [6, 7, 8, 9], scored: 2 },
    ])
  })

  test('are one where the text fits, and none for a single token', () => {
    expect(textWindows(ids(3), { context: 4, stride: 1 })).toEqual([{ ids: [0, 1, 2], scored: 2 }])
    expect(textWindows(ids(1), { context: 4, stride: 1 })).toEqual([])
    expect(textWindows([], { context: 4, stride: 1 })).toEqual([])
  })

  test.each([
    [23, 7, 1],
    [23, 7, 3],
    [23, 7, 6],
    [24, 2, 1],
  ])('of %i tokens with context %i and stride %i miss nothing and repeat nothing', (count, context, stride) => {
    const windows = textWindows(ids(count), { context, stride })
    expect(windows.flatMap(({ ids, scored }) => ids.slice(ids.length - scored))).toEqual(ids(count).slice(1))
    expect(windows.every(({ ids, scored }) => ids.length <= context && scored < ids.length)).toBe(true) // each has a token before it
  })
})

test('perplexity per token and per byte, and bits per byte, by hand', () => {
  const half = Math.log(0.5)
  const scores = [
    { logprob: 3 * half, tokens: 3 },
    { logprob: half, tokens: 1 },
  ]
  const figures = perplexityFigures(scores, 8)
  expect(figures).toMatchObject({ tokens: 4, bytes: 8 })
  expect(figures.perplexity).toBeCloseTo(2, 12)
  expect(figures.byte_perplexity).toBeCloseTo(Math.SQRT2, 12)
  expect(figures.bits_per_byte).toBeCloseTo(0.5, 12)
  expect(perplexityFigures([], 0)).toMatchObject({ perplexity: null, byte_perplexity: null, bits_per_byte: null })
})
