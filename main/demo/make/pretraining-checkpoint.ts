import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Decoder } from '../../engine/model/decoder.ts'
import { openSafetensors } from '../../engine/model/formats/safetensors/safetensors.ts'
import { writeSafetensors } from '../../engine/model/formats/safetensors/write-safetensors.ts'
import { parametersOf } from '../../engine/model/weights.ts'
import type { OptimizerState } from './pretraining-optimizer.ts'

/**
 * A pre-training checkpoint: one safetensors file with the step in its name, containing parameters and optimizer state, exact in float32.
 * Documents are a function of seed and step, so nothing else is needed.
 */
const statePrefix = 'optimizer.'
const pattern = /^step-(\d+)\.safetensors$/

/** Writes the newest checkpoint and removes older ones. The file is renamed into place once it is complete. */
export function writeCheckpoint(folder: string, step: number, decoder: Decoder, state: OptimizerState): void {
  mkdirSync(folder, { recursive: true })
  const tensors = [
    ...parametersOf(decoder.weights).map(({ name, value }) => ({ name, tensor: value })),
    ...[...state].map(([name, tensor]) => ({ name: statePrefix + name, tensor })),
  ]
  const path = join(folder, `step-${step}.safetensors`)
  writeSafetensors(
    `${path}.tmp`,
    tensors.map(({ name, tensor }) => ({ name, shape: tensor.shape, dtype: 'F32', data: tensor.dataSync<'float32'>() })),
  )
  renameSync(`${path}.tmp`, path)
  for (const older of stepsIn(folder)) if (older < step) rmSync(join(folder, `step-${older}.safetensors`))
}

/** Loads the newest checkpoint, and returns its step (0 without a checkpoint). */
export function readCheckpoint(folder: string, decoder: Decoder, state: OptimizerState): number {
  const step = Math.max(0, ...stepsIn(folder))
  if (step === 0) return 0
  const source = openSafetensors(join(folder, `step-${step}.safetensors`))
  const read = (name: string): tf.Tensor => tf.tensor(source.read(name), [...source.shape(name)])
  for (const parameter of parametersOf(decoder.weights)) parameter.assign(read(parameter.name))
  for (const name of source.names.filter((candidate) => candidate.startsWith(statePrefix))) {
    state.set(name.slice(statePrefix.length), tf.keep(read(name)))
  }
  source.close()
  return step
}

function stepsIn(folder: string): number[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => pattern.exec(name)?.slice(1).map(Number) ?? [])
}
