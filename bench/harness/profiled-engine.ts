import * as tf from '@tensorflow/tfjs-core'
import { homeFolder } from '../../main/common/home.ts'
import { measure } from '../../main/engine/backends/measure.ts'
import { onStage, stage } from '../../main/engine/backends/profiler.ts'
import { startBackend } from '../../main/engine/backends/start-backend.ts'
import { channelEngine } from '../../main/engine/hosts/channel-engine.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { generate } from '../../main/engine/inference/generate.ts'
import { score } from '../../main/engine/inference/score.ts'
import { type LoadedModel, loadModel, openModel } from '../../main/engine/model/load-model.ts'
import { serve } from '../../main/engine/process/engine-server.ts'
import type { Numerics } from '../../main/engine/process/numerics.ts'
import { memoryTransports } from '../../main/engine/process/transport.ts'
import { train } from '../../main/engine/training/train.ts'
import { findRuntime } from '../../main/runtimes/find.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import { requireRuntime } from './peak.ts'
import { profileBinding } from './profiled-binding.ts'
import { type Profiler, profiler } from './profiler.ts'

/**
 * The engine in this process, with a profiler between it and the native library. It uses the same protocol as an engine in
 * a separate process, so benchmarks don't notice the difference.
 */
export async function profiledEngine(
  threads: number,
  precision: Precision,
  shapes: boolean,
): Promise<{ engine: Engine; profile: Profiler }> {
  const runtime = requireRuntime(findRuntime(homeFolder()))
  const profile = profiler()
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  process.env.TF_NUM_INTRAOP_THREADS = String(threads)
  process.env.OMP_NUM_THREADS = String(threads)
  profileBinding(runtime.folder, profile, shapes)
  onStage(profile.enter)
  const [inside, outside] = memoryTransports()
  const gone = Promise.withResolvers<void>()
  serve({
    transport: inside,
    numerics,
    startBackend: () => startBackend({ backend: 'tensorflow', precision, threads, runtimeFolder: runtime.folder }),
    onShutdown: gone.resolve,
  })
  const engine = channelEngine({
    send: (message) => void outside.send(message),
    onMessage: outside.onMessage,
    onLost: () => {},
    close: async (shutdown) => {
      await shutdown()
      await gone.promise
    },
  })
  return { engine, profile }
}

const numerics: Numerics<LoadedModel> = {
  openFiles: openModel,
  loadModel(path, precision) {
    stage('loading')
    return loadModel(path, precision)
  },
  ...{ generate, score, train, measure },
  tensors: () => tf.memory().numTensors,
}
