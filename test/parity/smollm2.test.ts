import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Operand, widen } from '../../main/engine/backends/operand.ts'
import { generate } from '../../main/engine/inference/generate.ts'
import { type Scored, score } from '../../main/engine/inference/score.ts'
import { decoderBackward, withDecoderPass } from '../../main/engine/model/decoder-training.ts'
import { Gradients } from '../../main/engine/model/gradients.ts'
import { layOut } from '../../main/engine/model/layout.ts'
import { type LoadedModel, loadModel } from '../../main/engine/model/load-model.ts'
import { parametersOf } from '../../main/engine/model/weights.ts'
import { scoreTargets, scoreTargetsBackward } from '../../main/engine/training/targets.ts'
import { train } from '../../main/engine/training/train.ts'
import type { DpoRow, SftRow, StepMetrics, TrainParams } from '../../main/shared/engine-protocol.ts'
import { type TrainConfig, trainConfig } from '../../main/shared/train-config.ts'
import { useNativeBackend } from '../support/native.ts'
import { nativeLibrary, needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'

const MODEL = sharedFile('models/SmolLM2-135M-Instruct.Q4_1.gguf')
const fixture = <T>(name: string): T => JSON.parse(readFileSync(sharedFile(`fixtures/${name}`), 'utf8')) as T

interface LogprobCase {
  readonly input_ids: number[]
  readonly token_logprobs: number[]
  readonly top10_ids: number[]
  readonly top10_logprobs: number[]
  readonly greedy_24: number[]
}

/** TRL's settings: learning rate 1e-5, batches of two in order, no dropout, and transformers' embedding. */
const settings = {
  learning_rate: 1e-5,
  lr_scheduler: 'constant',
  batch_size: 2,
  shuffle: false,
  save_steps: 0,
  freeze_padding: true,
} as const

needing(referenceNumbers, nativeLibrary).describe('SmolLM2-135M', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-parity-'))
  beforeAll(useNativeBackend)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  describe('float32', () => {
    test('log-probabilities and greedy tokens match transformers', async () => {
      const model = await loadModel(MODEL, 'float32')
      const { cases } = fixture<{ cases: LogprobCase[] }>('smollm2-logprobs.json')
      for (const [row, expected] of cases.entries()) {
        const scored = (await scores(model, cases))[row]
        expect(largest(scored.tokenLogprobs, expected.token_logprobs)).toBeLessThan(1e-3)
        expect(scored.topIds).toEqual(expected.top10_ids)
        expect(largest(scored.topLogprobs, expected.top10_logprobs)).toBeLessThan(1e-3)
        expect(await greedy(model, expected.input_ids)).toEqual(expected.greedy_24)
      }
      model.dispose()
    })

    test('SFT steps match TRL', async () => {
      const { rows, steps } = fixture<{ rows: SftRow[]; steps: StepMetrics[] }>('smollm2-sft.json')
      const metrics = await trainSteps('sft', rows, {}, steps.length)
      steps.forEach((expected, i) => {
        expect(Math.abs(metrics[i].loss - expected.loss)).toBeLessThan(1e-3)
        expect(Math.abs(metrics[i].grad_norm / expected.grad_norm - 1)).toBeLessThan(0.01)
        expect(Math.abs(metrics[i].entropy - expected.entropy)).toBeLessThan(2e-3)
        expect(Math.abs(metrics[i].mean_token_accuracy - expected.mean_token_accuracy)).toBeLessThan(5e-3)
        expect(metrics[i].num_tokens).toBe(expected.num_tokens)
      })
    })

    test('DPO steps match TRL', async () => {
      const { pairs, results } = fixture<{ pairs: DpoRow[]; results: { sigmoid: { steps: StepMetrics[] } } }>('smollm2-dpo.json')
      const { steps } = results.sigmoid
      const metrics = await trainSteps('dpo', pairs, {}, steps.length)
      expect(Math.abs(metrics[0].loss - Math.LN2)).toBeLessThan(1e-5)
      steps.forEach((expected, i) => {
        expect(Math.abs(metrics[i].loss - expected.loss)).toBeLessThan(1e-3)
        expect(Math.abs(metrics[i].grad_norm / expected.grad_norm - 1)).toBeLessThan(0.01)
        expect(Math.abs(metrics[i].entropy - expected.entropy)).toBeLessThan(2e-3)
        for (const key of ['logps/chosen', 'logps/rejected']) expect(Math.abs(metrics[i][key] - expected[key])).toBeLessThan(0.05)
        for (const key of ['rewards/chosen', 'rewards/rejected', 'rewards/margins']) {
          expect(Math.abs(metrics[i][key] - expected[key])).toBeLessThan(5e-3)
        }
        // Before the first update, policy and reference are the same model, so rounding decides whether a zero margin is positive.
        if (i > 0) expect(metrics[i]['rewards/accuracies']).toBe(expected['rewards/accuracies'])
        expect(metrics[i].num_tokens).toBe(expected.num_tokens)
      })
    })
  })

  describe('bfloat16', () => {
    test('log-probabilities stay within 0.05 of float32 on average', async () => {
      const { cases } = fixture<{ cases: LogprobCase[] }>('smollm2-logprobs.json')
      const model = await loadModel(MODEL, 'bfloat16')
      const scored = await scores(model, cases)
      model.dispose()
      const differences = cases.flatMap((expected, i) => expected.token_logprobs.map((x, t) => Math.abs(x - scored[i].tokenLogprobs[t])))
      expect(differences.reduce((sum, d) => sum + d, 0) / differences.length).toBeLessThan(0.05)
    })

    test("gradients have a cosine of at least 0.99 with float32's", async () => {
      const ids = fixture<{ cases: LogprobCase[] }>('smollm2-logprobs.json').cases.reduce((a, b) =>
        a.input_ids.length > b.input_ids.length ? a : b,
      ).input_ids
      const exact = await gradientOf('float32', ids)
      const rounded = await gradientOf('bfloat16', ids)
      let product = 0
      let exactSquares = 0
      let roundedSquares = 0
      for (const [name, a] of exact) {
        const b = rounded.get(name) as Float32Array
        for (let i = 0; i < a.length; i++) {
          product += a[i] * b[i]
          exactSquares += a[i] ** 2
          roundedSquares += b[i] ** 2
        }
      }
      expect(product / Math.sqrt(exactSquares * roundedSquares)).toBeGreaterThan(0.99)
    })
  })

  /** Metrics of a training's first steps. */
  async function trainSteps(
    task: 'sft' | 'dpo',
    rows: TrainParams['rows'],
    changes: Partial<TrainConfig>,
    count: number,
  ): Promise<StepMetrics[]> {
    const metrics: StepMetrics[] = []
    const place = mkdtempSync(join(folder, 'training-'))
    const config = trainConfig.parse({ ...settings, ...changes })
    const params = { task, model: MODEL, rows, config, out: join(place, 'model'), checkpoints: join(place, 'checkpoints') }
    for await (const item of train(params)) {
      if (item.kind === 'step') metrics.push(item.metrics)
      if (metrics.length === count) break
    }
    return metrics
  }
})

async function scores(model: LoadedModel, cases: LogprobCase[]): Promise<Scored[]> {
  const scored: Scored[] = []
  const rows = cases.map(({ input_ids: ids }) => ({ ids }))
  for await (const item of score(model, rows, { top: 10 })) scored[item.row] = item
  return scored
}

async function greedy(model: LoadedModel, promptIds: number[]): Promise<number[]> {
  const sampling = { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 24, minNewTokens: 0, stop: [] }
  for await (const { tokenIds } of generate(model, [{ promptIds, seeds: [0] }], { sampling, batch: 1, stopTokens: [] })) return tokenIds
  return []
}

/** Gradient of a text's mean negative log-likelihood, by parameter. */
async function gradientOf(precision: 'float32' | 'bfloat16', ids: number[]): Promise<Map<string, Float32Array>> {
  const model = await loadModel(MODEL, precision, 'full')
  const layout = layOut([ids], { share: true })
  const gradients = new Gradients()
  const n = ids.length - 1
  const targets = {
    predictors: Array.from({ length: n }, (_, i) => i),
    tokens: ids.slice(1),
    weights: new Array<number>(n).fill(1),
    sequences: new Array<number>(n).fill(0),
    sequenceCount: 1,
  }
  withDecoderPass(model.decoder, layout, { dropout: null, recompute: false }, ({ hidden, saved }) => {
    const { saved: heads } = scoreTargets(model.decoder.weights.head, hidden, targets)
    const dhidden = scoreTargetsBackward(model.decoder.weights.head, tf.fill([n], -1 / n), heads, targets, ids.length, gradients)
    decoderBackward(model.decoder, dhidden, saved, gradients)
  })
  const values = new Map(parametersOf(model.decoder.weights).map(({ name }) => [name, valuesOf(gradients.get(name) as Operand)]))
  gradients.dispose()
  model.dispose()
  return values
}

function valuesOf(gradient: Operand): Float32Array {
  const wide = widen(gradient)
  const values = wide.dataSync<'float32'>()
  wide.dispose()
  return values
}

const largest = (a: readonly number[], b: readonly number[]): number => Math.max(...b.map((x, i) => Math.abs(x - a[i])))
