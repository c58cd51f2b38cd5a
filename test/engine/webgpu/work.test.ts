import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { generate } from '../../../main/engine/inference/generate.ts'
import { score } from '../../../main/engine/inference/score.ts'
import { saveModel } from '../../../main/engine/model/formats/safetensors/save-model.ts'
import { loadModel } from '../../../main/engine/model/load-model.ts'
import { train } from '../../../main/engine/training/train.ts'
import type { StepMetrics, TrainParams } from '../../../main/shared/engine-protocol.ts'
import { loraConfig, type Precision, type TrainConfig, trainConfig } from '../../../main/shared/train-config.ts'
import { usePlainBackend } from '../../support/native.ts'
import { needing, softwareAdapter } from '../../support/needs.ts'
import { useSoftwareAdapter } from '../../support/software-adapter.ts'
import { randomWeights, tinyConfig, tinyConfigJson } from '../numerics/tiny-model.ts'

/** What the application does with a model, in WebGPU and in plain JavaScript. */

const ids = (...inputIds: number[]) => ({ inputIds })
const rows = {
  sft: [
    { prompt: ids(1, 2, 3), completion: ids(4, 5, 6, 7) },
    { prompt: ids(8), completion: ids(9, 10) },
  ],
  dpo: [
    { prompt: ids(1, 2, 3), chosen: ids(4, 5, 6, 7), rejected: ids(20, 3) },
    { prompt: ids(8), chosen: ids(9, 10), rejected: ids(21, 3, 1) },
  ],
}

const folder = mkdtempSync(join(tmpdir(), 'laurel-webgpu-'))
const path = join(folder, 'M0')
let trainings = 0

async function trained(task: 'sft' | 'dpo', precision: Precision, changes: Partial<TrainConfig>): Promise<StepMetrics[]> {
  const fixed = { learning_rate: 1e-2, lr_scheduler: 'constant', batch_size: 2, epochs: 2, shuffle: false, save_steps: 0 } as const
  const place = join(folder, `training-${trainings++}`)
  const config = trainConfig.parse({ ...fixed, precision, ...changes })
  const params = { task, model: path, rows: rows[task], config, out: place, checkpoints: `${place}.steps` } as TrainParams
  const metrics: StepMetrics[] = []
  const before = tf.memory().numTensors
  for await (const item of train(params)) if (item.kind === 'step') metrics.push(item.metrics)
  expect(tf.memory().numTensors).toBe(before)
  expect(metrics).toHaveLength(2)
  return metrics
}

async function sampled(precision: Precision): Promise<number[][]> {
  const model = await loadModel(path, precision)
  const prompts = [
    { promptIds: [1, 2, 3, 4, 5], seeds: [1, 2] },
    { promptIds: [6], seeds: [3] },
  ]
  const sampling = { greedy: false, temperature: 1, topP: 0.9, topK: 0, maxNewTokens: 4, minNewTokens: 2, stop: [] }
  const texts: number[][] = []
  for await (const { row, sample, tokenIds } of generate(model, prompts, { sampling, batch: 2, stopTokens: [2] })) {
    texts[2 * row + sample] = tokenIds
  }
  model.dispose()
  return texts
}

async function judged(precision: Precision) {
  const model = await loadModel(path, precision)
  const answers: number[][] = []
  const asked = [{ ids: [1, 2, 3, 4], at: { positions: [4], choices: [7, 8] } }, { ids: [1, 2, 9] }]
  for await (const { row, tokenLogprobs, choiceLogprobs } of score(model, asked, { top: 0 })) {
    answers[row] = [...tokenLogprobs, ...(choiceLogprobs ?? []).flat()]
  }
  model.dispose()
  return answers.flat()
}

const works = {
  'supervised fine-tuning with recomputed activations': (precision: Precision) =>
    trained('sft', precision, { gradient_checkpointing: true }),
  DPO: (precision: Precision) => trained('dpo', precision, {}),
  'DPO of adapters': (precision: Precision) => trained('dpo', precision, { lora: loraConfig.parse({ rank: 2 }) }),
}

const plain = new Map<string, StepMetrics[]>()
let texts: number[][]
let answers: number[]
const slow = 600_000 // a software adapter on a busy machine

beforeAll(async () => {
  await usePlainBackend()
  const weights = randomWeights(tinyConfig(), 1)
  const tensors = weights.names.map((name) => ({ name, shape: weights.shape(name), data: weights.read(name) }))
  saveModel(path, { configJson: tinyConfigJson, tokenizerFiles: new Map(), tensors, dtype: 'F32' })
  for (const [name, work] of Object.entries(works)) plain.set(name, await work('float32'))
  texts = await sampled('float32')
  answers = await judged('float32')
}, slow)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Of numbers of about 1: float32 in another order, or eight bits at every product. */
const tolerance: Record<Precision, number> = { float32: 1e-4, bfloat16: 0.2 }

function expectSame(actual: readonly StepMetrics[], expected: readonly StepMetrics[], precision: Precision): void {
  expected.forEach((step, i) => {
    for (const name of ['loss', 'grad_norm', 'entropy'] as const) {
      if (step[name] === undefined) continue
      const difference = Math.abs(actual[i][name]! - step[name]) / Math.max(1, Math.abs(step[name]))
      expect(difference, `${name} of step ${i + 1}`).toBeLessThan(tolerance[precision])
    }
  })
}

const timeless = (steps: readonly StepMetrics[]) => steps.map(({ seconds: _, ...step }) => step)

needing(softwareAdapter).describe.each(['float32', 'bfloat16'] as const)(
  'on WebGPU in %s, the same as in plain JavaScript:',
  (precision) => {
    beforeAll(useSoftwareAdapter)
    const { test } = needing(softwareAdapter)
    const slow = 600_000 // a software adapter on a busy machine

    for (const [name, work] of Object.entries(works)) {
      test(
        name,
        async () => {
          const metrics = await work(precision)
          expectSame(metrics, plain.get(name)!, precision)
          if (name === 'DPO') expect(timeless(await work(precision))).toEqual(timeless(metrics)) // the bits repeat
        },
        slow,
      )
    }

    test(
      'sampled tokens',
      async () => {
        const own = await sampled(precision)
        if (precision === 'float32') expect(own).toEqual(texts)
        else expect(own.map(({ length }) => length > 0)).toEqual([true, true, true]) // eight bits change which token a draw falls on
      },
      slow,
    )

    test(
      'log-probabilities of texts and of choices',
      async () => {
        const own = await judged(precision)
        expect(own).toHaveLength(answers.length)
        own.forEach((value, i) => void expect(Math.abs(value - answers[i])).toBeLessThan(tolerance[precision]))
      },
      slow,
    )
  },
)
