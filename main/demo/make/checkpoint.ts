import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import type { Decoder } from '../../engine/process/model/decoder.ts'
import { openSafetensors } from '../../engine/process/model/safetensors.ts'
import { parametersOf } from '../../engine/process/model/weights.ts'
import { writeSafetensors } from '../../engine/process/model/write-safetensors.ts'
import type { OptimiserState } from './pretraining-optimiser.ts'

/**
 * A pre-training's checkpoint is one safetensors file, its step in its name: parameters and what the optimiser
 * remembers of them, float32 and exact. Documents are a function of seed and step, so nothing else is needed.
 */
const optimiserPrefix = 'optimiser.'
const pattern = /^step-(\d+)\.safetensors$/

/** Write the newest checkpoint and remove older ones. The file takes its name when it is complete. */
export function writeCheckpoint(folder: string, step: number, decoder: Decoder, state: OptimiserState): void {
  mkdirSync(folder, { recursive: true })
  const tensors = [
    ...parametersOf(decoder.weights).map(({ name, value }) => ({ name, tensor: value })),
    ...[...state].map(([name, tensor]) => ({ name: optimiserPrefix + name, tensor })),
  ]
  const path = join(folder, `step-${step}.safetensors`)
  writeSafetensors(
    `${path}.tmp`,
    tensors.map(({ name, tensor }) => ({ name, shape: tensor.shape, dtype: 'F32', data: tensor.dataSync<'float32'>() })),
  )
  renameSync(`${path}.tmp`, path)
  for (const older of stepsIn(folder)) if (older < step) rmSync(join(folder, `step-${older}.safetensors`))
}

/** Take up the newest checkpoint; gives the steps done (0: there is none). */
export function readCheckpoint(folder: string, decoder: Decoder, state: OptimiserState): number {
  const step = Math.max(0, ...stepsIn(folder))
  if (step === 0) return 0
  const source = openSafetensors(join(folder, `step-${step}.safetensors`))
  const read = (name: string): tf.Tensor => tf.tensor(source.read(name), [...source.shape(name)])
  for (const parameter of parametersOf(decoder.weights)) parameter.assign(read(parameter.name))
  for (const name of source.names.filter((candidate) => candidate.startsWith(optimiserPrefix))) {
    state.set(name.slice(optimiserPrefix.length), tf.keep(read(name)))
  }
  source.close()
  return step
}

function stepsIn(folder: string): number[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => pattern.exec(name)?.slice(1).map(Number) ?? [])
}
