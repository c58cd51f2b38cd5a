import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { backendName } from '../../shared/engine-protocol.ts'
import { precisionWish } from '../../shared/train-config.ts'
import { measure } from '../backends/measure.ts'
import { generate } from '../inference/generate.ts'
import { score } from '../inference/score.ts'
import { type LoadedModel, loadModel, openModel } from '../model/load-model.ts'
import { train } from '../training/train.ts'
import { serve } from './engine-server.ts'
import type { Numerics } from './numerics.ts'
import { connectToOwner } from './owner.ts'
import { startChosenBackend } from './speed/choose-backend.ts'
import { choosePrecision } from './speed/choose-precision.ts'
import { endAfterFailure } from './transport.ts'

/**
 * Entry point of the engine process. The arithmetic is separate from main so that it can be killed, run out of memory, or be replaced
 * without harm to the data that main keeps.
 *
 * Options: `--backend NAME`, `--precision NAME`, `--threads N`, `--runtime FOLDER` (the runtime pack; without one there is no native
 * backend).
 */
const numerics: Numerics<LoadedModel> = {
  openFiles: openModel,
  loadModel,
  generate,
  score,
  train,
  measure,
  tensors: () => tf.memory().numTensors,
}

const { values } = parseArgs({
  options: { backend: { type: 'string' }, precision: { type: 'string' }, threads: { type: 'string' }, runtime: { type: 'string' } },
})

const options = {
  backend: backendName.optional().parse(values.backend),
  precision: precisionWish.default('float32').parse(values.precision),
  threads: values.threads === undefined ? undefined : Number(values.threads),
  runtimeFolder: values.runtime ?? null,
}

serve({
  transport: connectToOwner(),
  numerics,
  startBackend: async () => {
    const info = await startChosenBackend(options)
    return { ...info, ...(await choosePrecision(options.precision, info, options.runtimeFolder)) }
  },
  onShutdown: () => process.exit(),
  onFailure: endAfterFailure,
})
