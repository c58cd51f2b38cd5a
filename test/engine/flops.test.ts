import { expect, test } from 'vitest'
import { attentionFlops, dpoStepFlops, headFlops, projectionFlops, seenPairs, sftStepFlops } from '../../main/engine/flops.ts'

const smallest = { layers: 1, hidden: 1, intermediate: 1, heads: 1, keyValueHeads: 1, headDim: 1, vocabulary: 1 }
const smolLm2 = { layers: 30, hidden: 576, intermediate: 1536, heads: 9, keyValueHeads: 3, headDim: 64, vocabulary: 49_152 }

test('a token costs two operations per projection weight', () => {
  expect(projectionFlops(smallest)).toBe(2 * (4 + 3)) // q, k, v, output, and gate, up, down
  const weights = 30 * (576 * 576 * 2 + 576 * 192 * 2 + 3 * 576 * 1536)
  expect(projectionFlops(smolLm2)).toBe(2 * weights)
})

test('the output layer costs two operations per weight and predicted token', () => {
  expect(headFlops(smolLm2)).toBe(2 * 576 * 49_152)
})

test('every token sees itself and the tokens before it', () => {
  expect(seenPairs(1)).toBe(1)
  expect(seenPairs(4)).toBe(1 + 2 + 3 + 4)
  expect(seenPairs(3, 10)).toBe(11 + 12 + 13)
})

test('a score and a weighted value cost four operations per dimension', () => {
  expect(attentionFlops(smallest, 1)).toBe(4)
  expect(attentionFlops(smolLm2, 1)).toBe(4 * 30 * 9 * 64)
})

test('a DPO step counts the prompt once, predicts only responses, and costs four passes: reference, forward, and twice for backward', () => {
  const [prompt, chosen, rejected] = [5, 3, 2]
  const tokens = projectionFlops(smolLm2) * (5 + 3 + 2)
  const attention = attentionFlops(smolLm2, 15 + (6 + 7 + 8) + (6 + 7))
  const predicted = headFlops(smolLm2) * (3 + 2)
  expect(dpoStepFlops(smolLm2, [{ prompt, chosen, rejected }])).toBe(4 * (tokens + attention + predicted))
})

test('a step costs the sum of its pairs', () => {
  const [a, b] = [
    { prompt: 7, chosen: 1, rejected: 9 },
    { prompt: 2, chosen: 4, rejected: 4 },
  ]
  expect(dpoStepFlops(smolLm2, [a, b])).toBe(dpoStepFlops(smolLm2, [a]) + dpoStepFlops(smolLm2, [b]))
})

test('an SFT step costs three passes', () => {
  const forward = projectionFlops(smallest) * 5 + attentionFlops(smallest, 15) + headFlops(smallest) * 2
  expect(sftStepFlops(smallest, [{ prompt: 3, completion: 2 }])).toBe(3 * forward)
})
