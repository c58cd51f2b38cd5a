import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { writeFolder } from '../../common/write-folder.ts'
import { LaurelError } from '../../shared/errors.ts'
import { type ReadRows, readerOf } from '../backends/read-values.ts'
import { UploadBuffer } from '../backends/upload-buffer.ts'
import { openSafetensors } from '../model/formats/safetensors/safetensors.ts'
import { type TensorToWrite, writeSafetensors } from '../model/formats/safetensors/write-safetensors.ts'
import type { WeightSource } from '../model/load-model.ts'
import type { Training } from './train.ts'

/**
 * A checkpoint: master weights, optimizer moments and the step, all exact in float32. Nothing else is needed to resume, since data order
 * and dropout are functions of seed and step.
 */
const state = z.object({ format: z.literal(1), step: z.int(), tokens: z.int() })

const folderOf = (checkpoints: string, step: number): string => join(checkpoints, `step-${String(step).padStart(6, '0')}`)

/** Save the training's state. The checkpoint folder appears complete or not at all. */
export async function writeCheckpoint(checkpoints: string, training: Training): Promise<string> {
  const path = folderOf(checkpoints, training.step)
  const moments = [...training.moments.values()].flatMap(({ m, v }) => [m, v])
  const read = await readerOf([...training.parameters.map(({ value }) => value), ...moments])
  const parameters = training.parameters.reduce((sum, parameter) => sum + parameter.size, 0)
  writeFolder(path, {
    bytes: 3 * 4 * parameters, // value and two moments, float32
    mayReplace: (existing) => existsSync(join(existing, 'state.json')),
    fill(folder) {
      writeSafetensors(join(folder, 'training.safetensors'), tensorsOf(training, read), {})
      writeFileSync(join(folder, 'state.json'), JSON.stringify({ format: 1, step: training.step, tokens: training.tokens }))
    },
  })
  return path
}

/** Load the newest checkpoint, if there is one. */
export async function readNewestCheckpoint(checkpoints: string, training: Training): Promise<void> {
  const newest = stepsOf(checkpoints).at(-1)
  if (newest === undefined) return
  const folder = folderOf(checkpoints, newest)
  const { step, tokens } = state.parse(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')))
  const source = openSafetensors(join(folder, 'training.safetensors'))
  const staging = new UploadBuffer()
  try {
    const read = (name: string, shape: readonly number[]) => {
      checkTensor(source, name, shape, folder)
      return tf.keep(staging.tensor(source.read(name, staging.room(tf.util.sizeFromShape([...shape]))), shape))
    }
    for (const parameter of training.parameters) {
      const old = training.moments.get(parameter.name)
      parameter.assign(read(parameter.name, parameter.shape))
      if (old) tf.dispose([old.m, old.v])
      training.moments.set(parameter.name, {
        m: read(`m.${parameter.name}`, parameter.shape),
        v: read(`v.${parameter.name}`, parameter.shape),
      })
    }
  } finally {
    source.close()
    staging.free()
  }
  training.step = step
  training.tokens = tokens
}

/** Delete older checkpoints. */
export function removeCheckpointsBefore(checkpoints: string, step: number): void {
  for (const older of stepsOf(checkpoints)) {
    if (older < step) rmSync(folderOf(checkpoints, older), { recursive: true, force: true })
  }
}

function stepsOf(checkpoints: string): number[] {
  if (!existsSync(checkpoints)) return []
  return readdirSync(checkpoints)
    .flatMap((name) => /^step-(\d{6,})$/.exec(name)?.slice(1).map(Number) ?? [])
    .sort((a, b) => a - b)
}

/** Values are downloaded one tensor at a time, in chunks, so that there is no second copy of the model. */
function* tensorsOf(training: Training, read: ReadRows): Generator<TensorToWrite> {
  for (const parameter of training.parameters) {
    const moments = training.moments.get(parameter.name)
    if (!moments) continue
    const parts = [
      { name: parameter.name, tensor: parameter.value },
      { name: `m.${parameter.name}`, tensor: moments.m },
      { name: `v.${parameter.name}`, tensor: moments.v },
    ]
    for (const { name, tensor } of parts) {
      yield {
        name,
        shape: tensor.shape,
        dtype: 'F32',
        get data() {
          return read(tensor)
        },
      }
    }
  }
}

function checkTensor(source: WeightSource, name: string, shape: readonly number[], folder: string): void {
  if (source.has(name) && source.shape(name).join() === shape.join()) return
  throw new LaurelError(
    'BAD_INPUT',
    `${folder} doesn't match this training: ${name}`,
    'Delete the checkpoints folder to restart the training.',
  )
}
