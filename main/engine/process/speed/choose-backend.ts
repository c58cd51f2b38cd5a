import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import type { BackendName, EngineInfo } from '../../../shared/engine-protocol.ts'
import type { Precision, PrecisionWish } from '../../../shared/train-config.ts'
import { tryDevice } from '../../backends/device-state.ts'
import { type BackendOptions, leaveBackend, startBackend } from '../../backends/start-backend.ts'
import { reachableGpu } from '../../backends/webgpu-adapter.ts'
import { decodeStepSeconds } from './decode-step.ts'
import { codeHash, keptIn, machineKey } from './kept-comparison.ts'
import { isCurrent, observe } from './others-share.ts'
import { trainingStepSeconds } from './training-step.ts'

/** Choose WebGPU if it takes at most this share of TensorFlow's time. Smaller gains are within measurement noise. */
const CLEARLY_LESS = 0.95

/** Attempts to measure, so that a driver that ends the process at each doesn't keep engines from starting. */
const ATTEMPTS = 2

/** WebGPU's times relative to TensorFlow's; null until an attempt to measure them succeeds. */
const trial = z.object({
  at: z.iso.datetime(),
  attempts: z.int(),
  times: z.object({ train: z.number().positive(), step: z.number().positive() }).nullable(),
  isDisturbed: z.boolean().optional(), // other programs were busy
  failure: z.string().optional(), // why the last attempt failed; missing if the process ended
})
type RelativeTimes = NonNullable<z.infer<typeof trial>['times']>

const keptTrials = keptIn('backend.json', trial)

/** Seconds of a training step and of a decode step on the current backend. */
interface Seconds {
  readonly train: number
  readonly step: number
}

/** `auto`: the precision is chosen afterward (`choose-precision.ts`). */
export interface ChoiceOptions extends Omit<BackendOptions, 'precision'> {
  readonly precision: PrecisionWish
}

/** What tests replace. */
interface Tools {
  readonly reachableGpu: typeof reachableGpu
  readonly start: (options: BackendOptions) => Promise<EngineInfo>
  readonly time: (backend: BackendName, wish: PrecisionWish) => Promise<Seconds>
  /** Make a started backend the current one. */
  readonly use: (backend: BackendName) => Promise<unknown>
  /** Give back what a started backend holds. */
  readonly leave: (backend: BackendName) => void
  readonly watch: typeof observe
  /** What changes when Laurel's WebGPU code does. */
  readonly code: () => string
}

const engineFolder = join(import.meta.dirname, '..', '..')

const tools: Tools = {
  ...{ reachableGpu, start: startBackend, time: bestSeconds, use: tf.setBackend, leave: leaveBackend, watch: observe },
  code: () => codeHash(['backends', 'kernels/wgsl'].map((name) => join(engineFolder, name))),
}

/**
 * Start this process's backend: the requested one, or the fastest on this machine. Where a GPU is reachable by WebGPU and TensorFlow is
 * installed (on the processor or a GPU), both are measured once for each requested precision, and the result is stored with the runtime pack. Throws
 * as `startBackend` does.
 */
export async function startChosenBackend(
  { precision: wish, ...others }: ChoiceOptions,
  { reachableGpu, start, time, use, leave, watch, code }: Tools = tools,
): Promise<EngineInfo> {
  const options: BackendOptions = { ...others, precision: wish === 'auto' ? 'float32' : wish }
  if (options.backend !== undefined) return start(options)
  const gpu = await reachableGpu()
  const webgpuDevice = gpu?.name ?? null
  const { runtimeFolder } = options
  if (gpu === null || runtimeFolder === null) return { ...(await start(options)), webgpuDevice }
  const processor = machineKey('CPU', options.threads ?? availableParallelism())
  const key = [processor, gpu.name, gpu.driver, `code ${code()}`, wish].join(', ') // an update of the driver or of Laurel is measured again
  const known = keptTrials.get(runtimeFolder, key)
  if (known?.times && isCurrent(known)) {
    const { backend, backendReason } = verdict(known.times, gpu.name)
    return { ...(await start({ ...options, first: backend })), webgpuDevice, backendReason }
  }
  const attempts = known?.times ? 0 : (known?.attempts ?? 0) // those that ended don't count
  if (attempts >= ATTEMPTS) {
    return { ...(await start(options)), webgpuDevice, backendReason: failureText(gpu.name, attempts, known?.failure) }
  }
  keptTrials.keep(runtimeFolder, key, { at: now(), attempts: attempts + 1, times: null })
  try {
    const { result, isDisturbed } = await watch(async () => {
      const [onGpu, webgpu] = await tryDevice(
        async () => [await start({ ...options, backend: 'webgpu' }), await time('webgpu', wish)] as const,
      )
      const native = await start({ ...options, backend: 'tensorflow' }) // its library stays in this process, whatever is chosen
      const tensorflow = await time('tensorflow', wish)
      return { onGpu, native, times: { train: webgpu.train / tensorflow.train, step: webgpu.step / tensorflow.step } }
    })
    const { onGpu, native, times } = result
    keptTrials.keep(runtimeFolder, key, { at: now(), attempts: attempts + 1, times, ...(isDisturbed && { isDisturbed }) })
    const { backend, backendReason } = verdict(times, gpu.name)
    if (backend === 'webgpu') await use('webgpu')
    else leave('webgpu')
    return { ...(backend === 'webgpu' ? onGpu : native), webgpuDevice, backendReason }
  } catch (error) {
    leave('webgpu') // the next engine measures again; this one takes what starts
    const failure = (error as Error).message.split('\n')[0]
    keptTrials.keep(runtimeFolder, key, { at: now(), attempts: attempts + 1, times: null, failure })
    return { ...(await start(options)), webgpuDevice, backendReason: failureText(gpu.name, attempts + 1, failure) }
  }
}

const failureText = (gpu: string, attempts: number, failure = 'the engine process ended'): string =>
  `comparing WebGPU on ${gpu} with TensorFlow failed${attempts < ATTEMPTS ? '' : ' twice'}: ${failure}`

/** The choice and its reason, in one line. Training and sampling count alike: a run spends its time on both. */
export function verdict({ train, step }: RelativeTimes, gpu: string): { backend: BackendName; backendReason: string } {
  const isFaster = Math.sqrt(train * step) <= CLEARLY_LESS
  return {
    backend: isFaster ? 'webgpu' : 'tensorflow',
    backendReason: `with WebGPU on ${gpu} a training step takes ${train.toFixed(2)} times and a decode step ${step.toFixed(2)} times as long as with TensorFlow`,
  }
}

async function bestSeconds(backend: BackendName, wish: PrecisionWish): Promise<Seconds> {
  const precisions = candidatePrecisions(backend, wish)
  const steps = await decodeStepSeconds(precisions)
  let train = Number.POSITIVE_INFINITY
  for (const precision of precisions) train = Math.min(train, await trainingStepSeconds(precision))
  return { train, step: Math.min(...steps.values()) }
}

/** The precisions that a backend may use, of which the faster counts. */
export function candidatePrecisions(backend: BackendName, wish: PrecisionWish): readonly Precision[] {
  if (wish !== 'auto') return [wish]
  return backend === 'tensorflow' ? ['float32', 'bfloat16'] : ['float32']
}

const now = (): string => new Date().toISOString()
