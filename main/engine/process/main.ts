import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs'
import { LaurelError } from '../../common/errors.ts'
import { backendName } from '../protocol.ts'
import { precisionWish } from '../train-config.ts'
import { measure } from './backend/measure.ts'
import { startBackend } from './backend/start-backend.ts'
import { generate } from './generate/generate.ts'
import { score } from './generate/score.ts'
import { type LoadedModel, loadModel } from './model/load-model.ts'
import { openModel } from './model/open-model.ts'
import type { Numerics } from './numerics.ts'
import { startPulse } from './pulse.ts'
import { serve } from './server.ts'
import { choosePrecision } from './speed/choose-precision.ts'
import { train } from './train/train.ts'
import { parentTransport } from './transport.ts'

/**
 * The engine process's entry: what does the arithmetic, kept apart so that it can be killed, can run out of memory, and
 * can be replaced without harm to the history that main keeps.
 *
 * Options: `--backend NAME`, `--precision NAME`, `--threads N`, `--runtime FOLDER` (the runtime pack; none: no native backend).
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

const transport = parentTransport()
if (!transport) {
  throw new LaurelError('BAD_INPUT', 'This is a part of Laurel that other parts start.', 'Run `laurel --help`.')
}

startPulse()
transport.onClose(() => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C goes to the whole terminal group; it is the owner who decides what to stop

serve({
  transport,
  numerics,
  startBackend: async () => {
    const { precision: wish, runtimeFolder } = options
    const info = await startBackend({ ...options, precision: wish === 'auto' ? 'float32' : wish })
    return { ...info, ...(await choosePrecision(wish, info, runtimeFolder)) }
  },
  onShutdown: () => process.exit(),
})
