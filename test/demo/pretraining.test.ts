import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { promptSet } from '../../main/demo/demo-seed-data.ts'
import { initialWeights } from '../../main/demo/make/initial-weights.ts'
import { judgeQuality } from '../../main/demo/make/measure-judge.ts'
import { pretrain, scheduleAt } from '../../main/demo/make/pretraining.ts'
import { readCheckpoint, writeCheckpoint } from '../../main/demo/make/pretraining-checkpoint.ts'
import type { OptimizerState } from '../../main/demo/make/pretraining-optimizer.ts'
import { configJson } from '../../main/demo/write-model-files.ts'
import { parseConfig } from '../../main/engine/model/config.ts'
import { createDecoder, type Decoder, disposeDecoder } from '../../main/engine/model/decoder.ts'
import { loadWeights, parametersOf } from '../../main/engine/model/weights.ts'
import { usePlainBackend } from '../support/native.ts'

beforeAll(usePlainBackend)

const small = parseConfig(
  {
    ...configJson,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    head_dim: 8,
  },
  'a small configuration',
)
const fresh = (): Decoder =>
  createDecoder(small, loadWeights(small, initialWeights(small, 4), { precision: 'float32', train: 'full' }), 'float32')
const plan = { seed: 1, steps: 6, batch: 2 } // the JavaScript backend is slow

const run = async (decoder: Decoder, state: OptimizerState, from: number, to: number): Promise<number[]> => {
  const losses: number[] = []
  for await (const { step, loss } of pretrain(decoder, plan, state, from)) {
    losses.push(loss)
    if (step === to) break
  }
  return losses
}

const valuesOf = (decoder: Decoder): number[] => parametersOf(decoder.weights).flatMap(({ value }) => [...value.dataSync()])

describe('initial weights', () => {
  const config = parseConfig(configJson, 'the demo model')
  const source = initialWeights(config, 7)

  it('have 804,992 parameters', () => {
    const count = source.names.reduce((sum, name) => sum + source.shape(name).reduce((product, n) => product * n, 1), 0)
    expect(count).toBe(804_992)
  })

  it('start with equal queries and keys in the matching heads, and only there', () => {
    const half = 64 * 128
    const [q, k] = ['q_proj', 'k_proj'].map((name) => source.read(`model.layers.1.self_attn.${name}.weight`))
    expect(k.subarray(0, half)).toEqual(q.subarray(0, half))
    expect(k.subarray(half)).not.toEqual(q.subarray(half))
    const [lastQ, lastK] = ['q_proj', 'k_proj'].map((name) => source.read(`model.layers.3.self_attn.${name}.weight`))
    expect(lastK.subarray(0, half)).not.toEqual(lastQ.subarray(0, half))
  })

  it('are the same for the same seed', () => {
    const name = 'model.layers.0.mlp.up_proj.weight'
    expect(initialWeights(config, 7).read(name)).toEqual(source.read(name))
    expect(initialWeights(config, 8).read(name)).not.toEqual(source.read(name))
  })
})

describe('pre-training', () => {
  it('warms up, stays constant, and decays to zero in the second half', () => {
    expect(scheduleAt(1, 1000)).toBeCloseTo(1 / 40)
    expect(scheduleAt(300, 1000)).toBe(1)
    expect(scheduleAt(751, 1000)).toBeCloseTo(0.5)
    expect(scheduleAt(1000, 1000)).toBeCloseTo(0.002)
  })

  it('lowers the loss, starting from that of a uniform guess', async () => {
    const losses = await run(fresh(), new Map(), 0, 6)
    expect(losses[0]).toBeGreaterThan(4)
    expect(losses[0]).toBeLessThan(5.5) // ln 104 = 4.64
    expect(losses[5]).toBeLessThan(losses[0])
  })

  it('resumes from a checkpoint as if it had never stopped', async () => {
    const whole = fresh()
    await run(whole, new Map(), 0, 4)
    const stopped = fresh()
    const state: OptimizerState = new Map()
    await run(stopped, state, 0, 2)
    const folder = mkdtempSync(join(tmpdir(), 'laurel-pretraining-'))
    writeCheckpoint(folder, 1, stopped, new Map())
    writeCheckpoint(folder, 2, stopped, state)
    const resumed = fresh()
    const restored: OptimizerState = new Map()
    expect(readCheckpoint(folder, resumed, restored)).toBe(2)
    expect(readdirSync(folder)).toEqual(['step-2.safetensors'])
    rmSync(folder, { recursive: true })
    await run(resumed, restored, 2, 4)
    expect(valuesOf(resumed)).toEqual(valuesOf(whole))
  })

  it('leaves no tensors behind', async () => {
    const decoder = fresh()
    const state: OptimizerState = new Map()
    await run(decoder, state, 0, 1)
    const before = tf.memory().numTensors
    await run(decoder, state, 1, 3)
    expect(tf.memory().numTensors).toBe(before)
    disposeDecoder(decoder)
  })
})

describe('judge quality', () => {
  it('is at chance level for an untrained model, and leaves no tensors behind', () => {
    const decoder = fresh()
    const before = tf.memory().numTensors
    const quality = judgeQuality(decoder, promptSet('tuning', 20, 0), 1)
    for (const share of [...Object.values(quality.satisfied), ...Object.values(quality.broken)]) {
      expect(share).toBeGreaterThanOrEqual(0)
      expect(share).toBeLessThanOrEqual(1)
    }
    // A constant tick gets one side completely right and the other completely wrong.
    expect(quality.satisfied.first + quality.broken.first).toBeLessThan(1.6)
    expect(quality.pairwise).toBeGreaterThan(0.2)
    expect(quality.pairwise).toBeLessThan(0.8)
    expect(tf.memory().numTensors).toBe(before)
  })
})
