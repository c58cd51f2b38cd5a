import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { widen } from '../../../main/engine/backends/operand.ts'
import { type Decoder, layoutStates } from '../../../main/engine/model/decoder.ts'
import { saveModel } from '../../../main/engine/model/formats/safetensors/save-model.ts'
import { layOut } from '../../../main/engine/model/layout.ts'
import { type LoadedModel, loadModel } from '../../../main/engine/model/load-model.ts'
import { train } from '../../../main/engine/training/train.ts'
import type { DpoRow, RewardRow, SftRow, StepMetrics, TrainItem, TrainParams } from '../../../main/shared/engine-protocol.ts'
import { type TrainConfig, trainConfig } from '../../../main/shared/train-config.ts'
import { hasNative, useNativeBackend, usePlainBackend, useWasmBackend } from '../../support/native.ts'
import { backendIs, needing } from '../../support/needs.ts'
import { randomWeights, tinyConfig, tinyConfigJson } from './tiny-model.ts'

const ids = (...inputIds: number[]) => ({ inputIds })
const sftRows: SftRow[] = [
  { prompt: ids(1, 2, 3), completion: ids(4, 5, 6, 7) },
  { prompt: ids(8), completion: ids(9, 10) },
  { prompt: ids(11, 12), completion: ids(13, 14, 15) },
  { prompt: ids(3, 5, 7, 9), completion: ids(11) },
  { prompt: ids(2, 4), completion: ids(6, 8, 10, 12, 14) },
]
const dpoRows: DpoRow[] = sftRows.map(({ prompt, completion }, i) => ({ prompt, chosen: completion, rejected: ids(20 + i, 3, 1) }))

const rewardRows: RewardRow[] = sftRows.map(({ prompt, completion }, i) => {
  const [start, end] = [prompt, completion].map((side) => (side as { inputIds: number[] }).inputIds)
  return { better: ids(...start, ...end), worse: ids(...start, 20 + i, 3, 1), yes: 17, no: 18, margin: i / 4 }
})

const base = { learning_rate: 1e-2, batch_size: 2, epochs: 3, save_steps: 3, seed: 7, lr_scheduler: 'cosine', weight_decay: 0.1 } as const

const backends = [
  { name: 'plain', use: usePlainBackend, present: true, precisions: ['float32'] },
  { name: 'wasm', use: useWasmBackend, present: true, precisions: ['float32'] },
  { name: 'native', use: useNativeBackend, present: hasNative, precisions: ['float32', 'bfloat16'] },
] as const

for (const backend of backends) {
  needing(backendIs(backend.present)).describe(`training on the ${backend.name} backend`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'laurel-training-'))
    const model = join(folder, 'M0')

    beforeAll(async () => {
      await backend.use()
      saveTinyModel(model)
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    for (const [task, rows] of [
      ['sft', sftRows],
      ['dpo', dpoRows],
      ['reward', rewardRows],
    ] as const) {
      test(`${task}: stopped after any step and resumed, it ends with the same bits`, async () => {
        const config = { ...base, dropout: 0.1 }
        const straight = await run(params(task, rows, config, `${task}-straight`))
        for (const stopAfter of [1, 4, 8]) {
          const interrupted = params(task, rows, config, `${task}-stopped-${stopAfter}`)
          await expect(run(interrupted, stopAfter)).rejects.toMatchObject({ code: 'STOPPED' })
          expect(existsSync(interrupted.out)).toBe(false)
          const rest = await run(interrupted)
          expect(rest.resumedFrom).toBe(stopAfter)
          expect(rest.metrics.map(withoutTime)).toEqual(straight.metrics.slice(stopAfter).map(withoutTime))
          expect(hashOf(interrupted.out)).toBe(hashOf(straight.out))
        }
      })

      test(`${task}: concluded after a step, it saves that step's model, directly or after a pause`, async () => {
        const atOnce = params(task, rows, base, `${task}-ended`)
        expect((await run(atOnce, undefined, 4)).metrics).toHaveLength(4)
        const paused = params(task, rows, base, `${task}-paused-and-ended`)
        await expect(run(paused, 4)).rejects.toMatchObject({ code: 'STOPPED' })
        expect((await run(paused, undefined, 0)).metrics).toEqual([])
        expect(hashOf(paused.out)).toBe(hashOf(atOnce.out))
        expect(hashOf(atOnce.out)).not.toBe(hashOf((await run(params(task, rows, base, `${task}-whole`))).out))
      })

      test(`${task}: in pieces with a model after each, it ends with the same bits, and a piece has those of a training concluded there`, async () => {
        const straight = await run(params(task, rows, base, `${task}-in-one`))
        const pieces = params(task, rows, base, `${task}-in-pieces`)
        const snapshot = (at: number): string => `${pieces.out}-${at}`
        const metrics: StepMetrics[] = []
        for (const at of [2, 4, 1000]) metrics.push(...(await run({ ...pieces, pause: { at, model: snapshot(at) } })).metrics)
        expect(metrics.map(withoutTime)).toEqual(straight.metrics.map(withoutTime))
        expect(hashOf(pieces.out)).toBe(hashOf(straight.out))
        expect(existsSync(snapshot(1000))).toBe(false)
        const concluded = params(task, rows, base, `${task}-concluded-at-4`)
        await run(concluded, undefined, 4)
        expect(hashOf(snapshot(4))).toBe(hashOf(concluded.out))
      })

      test(`${task}: a turn of the event loop lies between its start and the first step, so that the start can be seen`, async () => {
        let seen = false
        for await (const item of train(params(task, rows, base, `${task}-seen`))) {
          if (item.kind === 'started') setImmediate(() => (seen = true))
          if (item.kind === 'step') break
        }
        expect(seen).toBe(true)
      })

      test(`${task}: concluded before its first step, it saves no model`, async () => {
        const early = params(task, rows, base, `${task}-ended-too-early`)
        await expect(run(early, undefined, 0)).rejects.toMatchObject({ code: 'STOPPED' })
        expect(existsSync(early.out)).toBe(false)
      })

      test(`${task}: the loss falls`, async () => {
        const { metrics } = await run(params(task, rows, { ...base, epochs: 8, weight_decay: 0 }, `${task}-falls`))
        expect(metrics.at(-1)?.loss).toBeLessThan(metrics[0].loss * 0.8)
      })

      test(`${task}: leaks no tensors, whatever the number of steps`, async () => {
        const before = tf.memory().numTensors
        const counts: number[] = []
        for await (const item of train(params(task, rows, base, `${task}-leak`)))
          if (item.kind === 'step') counts.push(tf.memory().numTensors)
        expect(new Set(counts).size).toBe(1)
        expect(tf.memory().numTensors).toBe(before)
      })
    }

    test('batches split by gradient accumulation give the same training', async () => {
      const whole = await run(params('sft', sftRows, { ...base, batch_size: 4 }, 'whole'))
      const parts = await run(params('sft', sftRows, { ...base, batch_size: 2, gradient_accumulation: 2 }, 'parts'))
      whole.metrics.forEach((metrics, i) => {
        expect(parts.metrics[i].loss).toBeCloseTo(metrics.loss, 5)
      })
    })

    test('recomputed activations give bitwise the same training', async () => {
      const config = { ...base, dropout: 0.1, epochs: 2 }
      const kept = await run(params('dpo', dpoRows, config, 'kept'))
      const recomputed = await run(params('dpo', dpoRows, { ...config, gradient_checkpointing: true }, 'recomputed'))
      expect(recomputed.metrics.map(withoutTime)).toEqual(kept.metrics.map(withoutTime))
      expect(hashOf(recomputed.out)).toBe(hashOf(kept.out))
    })

    test('the first DPO loss is ln 2: policy and reference are computed alike', async () => {
      const { metrics } = await run(params('dpo', dpoRows, base, 'first-loss'))
      expect(Math.abs(metrics[0].loss - Math.LN2)).toBeLessThan(1e-6)
      expect(metrics[0]['rewards/margins']).toBeCloseTo(0, 6)
    })

    test.each(backend.precisions)(
      'in %s, the trained model is handed over ready to serve, with the bits of its file',
      async (precision) => {
        const training = params('sft', sftRows, { ...base, precision }, `handed-over-${precision}`)
        const before = tf.memory().numTensors
        const [trained] = await handedOver(training)
        const loaded = await loadModel(training.out, precision)
        const states = [trained, loaded].map(({ decoder }) => statesOf(decoder))
        expect(states[0]).toEqual(states[1])
        expect(new Set(states[0]).size).toBeGreaterThan(10)
        expect(trained.parameters).toBe(loaded.parameters)
        expect(hashOf(trained.files.path)).toBe(hashOf(training.out))
        loaded.dispose()
        trained.dispose()
        expect(tf.memory().numTensors).toBe(before)
      },
    )

    test('low-rank adapters train, and are merged when saved', async () => {
      const lora = { rank: 2, alpha: 4, dropout: 0, targets: ['q_proj', 'v_proj', 'down_proj'] as ('q_proj' | 'v_proj' | 'down_proj')[] }
      const { metrics, out } = await run(params('sft', sftRows, { ...base, epochs: 8, weight_decay: 0, lora }, 'lora'))
      expect(metrics.at(-1)?.loss).toBeLessThan(metrics[0].loss * 0.9)
      const again = await run({
        ...params('sft', sftRows, { ...base, learning_rate: 0, epochs: 1, shuffle: false }, 'after-lora'),
        model: out,
      })
      const plain = await run(params('sft', sftRows, { ...base, learning_rate: 0, epochs: 1, shuffle: false }, 'before-lora'))
      expect(again.metrics[0].loss).toBeLessThan(plain.metrics[0].loss * 0.95)
    })

    test('a model with adapters isn’t handed over: they are merged only in its file', async () => {
      const lora = { rank: 2, alpha: 4, dropout: 0, targets: ['q_proj' as const] }
      expect(await handedOver(params('sft', sftRows, { ...base, lora }, 'lora-read-back'))).toEqual([])
    })

    test('a training that is already complete computes nothing, and tells its reference log-probabilities again', async () => {
      const done = params('dpo', dpoRows, base, 'done')
      const { references } = await run(done)
      expect(references.map(({ row }) => row)).toEqual([...dpoRows.keys()])
      const before = hashOf(done.out)
      expect(await run(done)).toMatchObject({ metrics: [], references })
      expect(hashOf(done.out)).toBe(before)
    })

    test('a NaN loss ends the training, naming its step', async () => {
      const training = params('sft', sftRows, { ...base, max_grad_norm: null }, 'infinite')
      const beyondLimits = { ...training, config: { ...training.config, learning_rate: 1e38 } } // beyond a recipe's limits
      await expect(run(beyondLimits)).rejects.toMatchObject({ code: 'NUMERIC' })
    })

    function params(
      task: TrainParams['task'],
      rows: readonly (SftRow | DpoRow | RewardRow)[],
      config: Partial<TrainConfig>,
      name: string,
    ): TrainParams {
      const paths = { out: join(folder, name), checkpoints: join(folder, `${name}.checkpoints`) }
      return { task, model, rows: [...rows], config: trainConfig.parse(config), ...paths }
    }
  })
}

/** All items of a training. `stopAfter` stops it after that many steps; `endAfter` concludes it. */
async function run(params: TrainParams, stopAfter?: number, endAfter?: number) {
  const stop = new AbortController()
  const conclude = new AbortController()
  if (endAfter === 0) conclude.abort()
  const metrics: StepMetrics[] = []
  const references: Extract<TrainItem, { kind: 'reference' }>[] = []
  let started: Extract<TrainItem, { kind: 'started' }> | undefined
  for await (const item of train(params, { signal: stop.signal, conclude: conclude.signal })) {
    if (item.kind === 'started') started = item
    if (item.kind === 'reference') references.push(item)
    if (item.kind === 'step') metrics.push(item.metrics)
    if (item.kind === 'step' && metrics.length === stopAfter) stop.abort()
    if (item.kind === 'step' && metrics.length === endAfter) conclude.abort()
  }
  return { metrics, references, resumedFrom: started?.resumedFrom ?? 0, out: params.out }
}

/** The models that a training hands over. */
async function handedOver(params: TrainParams): Promise<LoadedModel[]> {
  const models: LoadedModel[] = []
  const items: TrainItem[] = []
  for await (const item of train(params, { onTrained: (model) => models.push(model) })) items.push(item)
  expect(items.at(-1)?.kind).toBe('step')
  return models
}

/** The final hidden states of a few tokens. */
function statesOf(decoder: Decoder): Float32Array {
  return tf.tidy(() => widen(layoutStates(decoder, layOut([[1, 2, 3, 5, 8]], { share: false }))).dataSync<'float32'>())
}

function withoutTime({ seconds: _, ...metrics }: StepMetrics): StepMetrics {
  return metrics
}

function hashOf(folder: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, name)))
  return hash.digest('hex')
}

function saveTinyModel(path: string): void {
  const weights = randomWeights(tinyConfig(), 1)
  const tensors = weights.names.map((name) => ({ name, shape: weights.shape(name), data: weights.read(name) }))
  saveModel(path, { configJson: tinyConfigJson, tokenizerFiles: new Map(), tensors, dtype: 'F32' })
}
