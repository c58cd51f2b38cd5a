import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { limitTensors } from '../../../main/engine/backends/device-state.ts'
import { readerOf } from '../../../main/engine/backends/read-values.ts'
import { disposeDecoder } from '../../../main/engine/model/decoder.ts'
import { Gradients } from '../../../main/engine/model/gradients.ts'
import { sftForwardBackward } from '../../../main/engine/training/sft.ts'
import { scoreTargets } from '../../../main/engine/training/targets.ts'
import { usePlainBackend } from '../../support/native.ts'
import { needing, softwareAdapter } from '../../support/needs.ts'
import { useSoftwareAdapter } from '../../support/software-adapter.ts'
import { tinyDecoder } from '../numerics/tiny-model.ts'

const { test: onAdapter } = needing(softwareAdapter)

/** One batch of two texts: its loss, and all gradients by name, on the current backend. */
async function stepHere(onLoaded = () => {}) {
  const decoder = tinyDecoder()
  onLoaded()
  const gradients = new Gradients()
  const examples = [
    { prompt: [1, 2, 3], completion: [4, 5, 6, 7], weights: null, promptWeight: 0 },
    { prompt: [1, 2, 8], completion: [9, 10], weights: null, promptWeight: 0 },
  ]
  const sums = sftForwardBackward(decoder, examples, 6, { dropout: null, recompute: false }, gradients)
  const [loss] = await sums.data()
  const names = gradients.names.toSorted()
  const tensors = names.map((name) => gradients.get(name)!.tensor)
  const read = await readerOf(tensors)
  const values = tensors.map((tensor) => [...read(tensor)].flatMap((piece) => [...piece]))
  tf.dispose(sums)
  gradients.dispose()
  disposeDecoder(decoder)
  return { loss, gradients: new Map(names.map((name, i) => [name, values[i]])) }
}

type Step = Awaited<ReturnType<typeof stepHere>>
let plain: Step

beforeAll(async () => {
  await usePlainBackend()
  plain = await stepHere()
})
afterEach(() => limitTensors('', Number.POSITIVE_INFINITY))

/** Float32 sums in another order: a few units in the last place of values near 1. */
function expectSame(step: Step): void {
  expect(step.loss).toBeCloseTo(plain.loss, 4)
  expect([...step.gradients.keys()]).toEqual([...plain.gradients.keys()])
  for (const [name, expected] of plain.gradients) {
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - step.gradients.get(name)![i])))
    expect([name, difference < 1e-4]).toEqual([name, true])
  }
}

test('logits that only fit in part are computed in parts, with the same loss and gradients', async () => {
  const twoRows = () => limitTensors('a small GPU', 4 * 29 * 2) // of logits of 29 tokens
  expectSame(await stepHere(twoRows))
})

test('as many rows of logits are computed together as fit', () => {
  const { weights } = tinyDecoder()
  const targets = {
    predictors: [0, 1, 2, 3, 4],
    tokens: [1, 2, 3, 4, 5],
    weights: [1, 1, 1, 1, 1],
    sequences: [0, 0, 0, 0, 0],
    sequenceCount: 1,
  }
  const hidden = { tensor: tf.ones([5, 16]), precision: 'float32' } as const
  const rowsOf = () => scoreTargets(weights.head, hidden, targets).saved.map(({ probabilities }) => probabilities.tensor.shape[0])
  expect(rowsOf()).toEqual([5])
  limitTensors('a small GPU', 4 * 29 * 2)
  expect(rowsOf()).toEqual([2, 2, 1])
})

onAdapter('a training step on WebGPU has the loss and the gradients of the plain backend', async () => {
  await useSoftwareAdapter()
  expectSame(await stepHere())
  expect(plain.loss).toBeGreaterThan(1)
})
