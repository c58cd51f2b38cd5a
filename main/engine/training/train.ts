import { existsSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import * as tf from '@tensorflow/tfjs-core'
import { modelFingerprint } from '../../common/file-identity.ts'
import { generators } from '../../common/random.ts'
import type { StepMetrics, TrainItem, TrainParams } from '../../shared/engine-protocol.ts'
import { LaurelError, stopped } from '../../shared/errors.ts'
import type { TrainConfig } from '../../shared/train-config.ts'
import { stage } from '../backends/profiler.ts'
import type { Moments } from '../kernels/adamw.ts'
import type { Decoder } from '../model/decoder.ts'
import type { Dropout } from '../model/dropout.ts'
import { Gradients } from '../model/gradients.ts'
import { type LoadedModel, loadModel, openModel } from '../model/load-model.ts'
import type { Parameter } from '../model/parameter.ts'
import { parametersOf } from '../model/weights.ts'
import { applyUpdate } from './apply-update.ts'
import { readNewestCheckpoint, removeCheckpointsBefore, writeCheckpoint } from './checkpoint.ts'
import type { Reference } from './dpo.ts'
import { clipFactor, learningRateAt, squaredNormOf, zeroMoments } from './optimizer.ts'
import { referencesOf, storedReferences } from './references.ts'
import { saveTrained } from './save-trained.ts'
import { dpoExamples, dpoTask, rewardTask, rowsOfStep, sftExamples, sftTask, type Task, totalSteps } from './task.ts'

/** Signals that end work early. */
export interface Interruptions {
  readonly signal: AbortSignal
  readonly conclude: AbortSignal
}

interface TrainCallOptions extends Partial<Interruptions> {
  /**
   * Receives the trained model, ready to serve, and owns it from then on: its bits are those of the saved file read back. Not called for a
   * training with adapters, which are merged only in the file.
   */
  readonly onTrained?: ((model: LoadedModel) => void) | undefined
}

/** The trained parameters and their optimizer state. */
export interface Training {
  readonly parameters: readonly Parameter[]
  readonly moments: Map<string, Moments>
  step: number // updates done
  tokens: number // seen so far
}

/**
 * Train a model and save it to `params.out`. Resumes from the newest complete checkpoint in `params.checkpoints`; on a CPU, an interrupted
 * training gives bitwise the same result. When `signal` aborts, the current update is finished, a checkpoint written, and STOPPED thrown.
 * When `conclude` aborts, the current update is finished and the model saved; before the first update there is nothing to save, and STOPPED
 * is thrown.
 */
export async function* train(params: TrainParams, { signal, conclude, onTrained }: TrainCallOptions = {}): AsyncGenerator<TrainItem> {
  if (existsSync(params.out)) {
    yield { kind: 'started', steps: 0, resumedFrom: 0, truncatedRows: 0 } // finished earlier; nothing left to compute
    return yield* storedReferences(params.checkpoints)
  }
  const { config } = params
  const begin = performance.now()
  stage('loading')
  const { lora, seed, random } = config
  const model = await loadModel(params.model, config.precision, lora ? { lora, seed, random } : 'full')
  const training = startTraining(model.decoder)
  let isHandedOver = false
  try {
    yield { kind: 'loaded', seconds: (performance.now() - begin) / 1000 }
    stage('other')
    const { task, references, rows } = yield* prepare(model, params, () => signal?.aborted === true || conclude?.aborted === true)
    for (const [i, reference] of references.entries()) yield { kind: 'reference', row: rows[i], ...reference }
    await readNewestCheckpoint(params.checkpoints, training)
    const steps = stepsOf(task, config)
    yield { kind: 'started', steps, resumedFrom: training.step, truncatedRows: task.truncated, leftOut: [...task.leftOut] }
    await setImmediate() // the first step keeps the thread busy
    if (conclude?.aborted && training.step === 0) throw stopped()
    while (training.step < steps && !conclude?.aborted) {
      if (isPauseDue(params, training)) return yield* pause(model, training, params)
      if (task.isIdle(rowsOfStep(task.examples, training.step, config))) training.step++
      else {
        const metrics = await update(training, task, steps, config)
        yield { kind: 'step', step: training.step, metrics }
      }
      const due = config.save_steps > 0 && training.step % config.save_steps === 0 && training.step < steps
      if (due || (signal?.aborted && training.step < steps)) {
        const path = await writeCheckpoint(params.checkpoints, training)
        removeCheckpointsBefore(params.checkpoints, training.step)
        yield { kind: 'checkpoint', step: training.step, path }
      }
      if (signal?.aborted && training.step < steps) throw stopped()
      await setImmediate() // process a pending cancel message
    }
    stage('saving')
    await saveTrained(model, params)
    if (onTrained !== undefined && lora === null) {
      const files = await openModel(params.out)
      files.weights.close()
      for (const parameter of parametersOf(model.decoder.weights)) parameter.freeze()
      isHandedOver = true
      onTrained({ ...model, files })
    }
  } finally {
    disposeTraining(training)
    if (!isHandedOver) model.dispose()
  }
}

const isPauseDue = ({ pause }: TrainParams, { step }: Training): boolean => pause !== undefined && step >= pause.at

/** Leaves a checkpoint, from which another request continues, and the model so far. */
async function* pause(model: LoadedModel, training: Training, params: TrainParams): AsyncGenerator<TrainItem> {
  const path = await writeCheckpoint(params.checkpoints, training)
  removeCheckpointsBefore(params.checkpoints, training.step)
  yield { kind: 'checkpoint', step: training.step, path }
  stage('saving')
  const out = params.pause?.model ?? params.out
  if (!existsSync(out)) await saveTrained(model, { ...params, out })
}

/** Number of steps of a training, up to the last one with a training signal. */
function stepsOf(task: Task, config: TrainConfig): number {
  let steps = totalSteps(task.examples, config)
  while (task.isIdle(rowsOfStep(task.examples, steps - 1, config))) steps--
  return steps
}

export function startTraining(decoder: Decoder): Training {
  const parameters = parametersOf(decoder.weights).filter((parameter) => parameter.trainable)
  return { parameters, moments: new Map(parameters.map((parameter) => [parameter.name, zeroMoments(parameter)])), step: 0, tokens: 0 }
}

export function disposeTraining(training: Training): void {
  for (const { m, v } of training.moments.values()) {
    m.dispose()
    v.dispose()
  }
}

interface Prepared {
  readonly task: Task
  readonly references: readonly Reference[]
  /** Row index of each reference. */
  readonly rows: readonly number[]
}

async function* prepare(model: LoadedModel, params: TrainParams, isOver: () => boolean): AsyncGenerator<TrainItem, Prepared> {
  if (params.task === 'sft') {
    return { task: sftTask(model.decoder, sftExamples(model.files, params), params.config), references: [], rows: [] }
  }
  if (params.task === 'reward') return { task: rewardTask(model.files, model.decoder, params), references: [], rows: [] }
  const encoded = dpoExamples(model.files, params)
  stage('reference')
  const of = { examples: encoded.examples, rows: encoded.rows, model: `${await modelFingerprint(params.model)} ${params.config.precision}` }
  const references = yield* referencesOf(model.decoder, of, { checkpoints: params.checkpoints, isOver })
  return { task: dpoTask(model.decoder, encoded, references, params.config), references, rows: encoded.rows }
}

/** One optimizer step: the batch's gradients, clipped by global norm, then AdamW on every trained parameter. */
export async function update(training: Training, task: Task, steps: number, config: TrainConfig): Promise<StepMetrics> {
  const begin = performance.now()
  const gradients = new Gradients()
  try {
    const dropout = dropoutOf(config, training.step)
    const indices = rowsOfStep(task.examples, training.step, config)
    const { sums, tokens, metricsOf } = task.step(indices, dropout, gradients)
    stage('optimizer')
    const squares = squaredNormOf(gradients)
    const [values, [square]] = await Promise.all([sums.data<'float32'>(), squares.data<'float32'>()]) // the only device read of a step
    tf.dispose([sums, squares])
    const norm = Math.sqrt(square)
    const metrics = metricsOf(values)
    const learningRate = learningRateAt(training.step, steps, config)
    if (!Number.isFinite(norm) || !Number.isFinite(metrics.loss)) throw notFinite(training.step + 1)
    const gradientScale = clipFactor(norm, config.max_grad_norm)
    applyUpdate(training, gradients, { learningRate, gradientScale, step: training.step + 1 }, config)
    stage('other')
    training.step++
    training.tokens += tokens
    const seconds = (performance.now() - begin) / 1000
    return { ...metrics, grad_norm: norm, learning_rate: learningRate, num_tokens: training.tokens, seconds }
  } finally {
    gradients.dispose()
  }
}

function dropoutOf({ dropout: rate, lora, seed, random }: TrainConfig, step: number): Dropout | null {
  if (rate === 0 && !lora?.dropout) return null
  return { rate, seed: generators[random].deriveSeed(seed, 'dropout', step), random }
}

const notFinite = (step: number): LaurelError =>
  new LaurelError('NUMERIC', `loss or gradient became infinite or NaN at step ${step}`, 'Lower the learning rate, or use float32.')
