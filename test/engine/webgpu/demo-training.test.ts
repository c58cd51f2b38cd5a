import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { readJsonLines } from '../../../main/common/jsonl.ts'
import { resourceFile } from '../../../main/common/resources.ts'
import { demoRecipe } from '../../../main/demo/demo-run.ts'
import { train } from '../../../main/engine/training/train.ts'
import { fineTuningRows } from '../../../main/loop/stages/train-model.ts'
import type { StepMetrics } from '../../../main/shared/engine-protocol.ts'
import { trainConfig } from '../../../main/shared/train-config.ts'
import { useWasmBackend } from '../../support/native.ts'
import { needing, softwareAdapter } from '../../support/needs.ts'
import { useSoftwareAdapter } from '../../support/software-adapter.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-demo-steps-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const slow = 600_000 // a software adapter on a busy machine
const recipe = demoRecipe(0, 'self')
/** Its first instruction. A whole batch takes a software adapter a minute. */
const [{ value }] = readJsonLines(resourceFile('demo', 'ift.jsonl'))
const { prompt, completion } = value as { prompt: string; completion: string }
const rows = fineTuningRows([{ instruction: prompt, conversation: null, response: completion, weights: null }], [], () => false)

/** Four steps on it, on the current backend. */
async function fourSteps(name: string): Promise<StepMetrics[]> {
  const params = {
    task: 'sft',
    model: recipe.base_model,
    rows,
    config: trainConfig.parse({ ...recipe.sft, precision: 'float32', epochs: 4, seed: recipe.seed, random: recipe.random }),
    ...{ out: join(folder, name), checkpoints: join(folder, `${name}.steps`) },
  } as const
  const before = tf.memory().numTensors
  const metrics: StepMetrics[] = []
  for await (const item of train(params)) if (item.kind === 'step') metrics.push(item.metrics)
  expect(tf.memory().numTensors).toBe(before)
  expect(metrics).toHaveLength(4)
  return metrics
}

needing(softwareAdapter).describe("the demo's training on WebGPU", () => {
  let expected: StepMetrics[]
  beforeAll(async () => {
    await useWasmBackend()
    expected = await fourSteps('wasm')
    await useSoftwareAdapter()
  }, slow)

  needing(softwareAdapter).test(
    'has the numbers of WebAssembly in four steps',
    async () => {
      const steps = await fourSteps('webgpu')
      expect(expected[3].loss).toBeLessThan(expected[0].loss) // it learns
      for (const [i, step] of expected.entries()) {
        for (const name of ['loss', 'grad_norm', 'entropy'] as const) {
          const difference = Math.abs(steps[i][name] - step[name]) / Math.max(1, step[name])
          expect(difference, `${name} of step ${i + 1}`).toBeLessThan(1e-4) // float32 sums in another order
        }
      }
    },
    slow,
  )
})
