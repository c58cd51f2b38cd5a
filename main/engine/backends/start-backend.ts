import { availableParallelism } from 'node:os'
import * as tf from '@tensorflow/tfjs-core'
import { gpusCalled, isBuiltFor, leastMemory, type NvidiaGpu, nvidiaGpus, tensorflowServes } from '../../common/nvidia-gpus.ts'
import type { BackendName, EngineInfo } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { Precision } from '../../shared/train-config.ts'
import { deviceMemory, setDeviceMemory, tryDevice } from './device-state.ts'
import { startNative } from './native.ts'
import { checkPrecision } from './operand.ts'
import { startCpu, startWasm } from './plain-backend.ts'
import { startWebgpu } from './webgpu.ts'
import { reachableGpu } from './webgpu-adapter.ts'

export interface BackendOptions {
  /** The required backend; undefined: the first of `starters` that starts. */
  readonly backend?: BackendName
  /** Tried before the others. */
  readonly first?: BackendName
  readonly precision: Precision
  /** Undefined: one per processor. */
  readonly threads?: number
  /** Folder of the runtime pack to load, or null if none is installed. */
  readonly runtimeFolder: string | null
}

/** A started backend's description. */
interface Started {
  readonly version: string
  readonly device: string
  readonly threads: number
  /** Something that slows it down. */
  readonly notice?: string
}

type Starter = (options: BackendOptions) => Promise<Started>

/** In the order in which they are tried. Where several could be fastest, they are measured (`process/speed/choose-backend.ts`). */
const starters: readonly (readonly [BackendName, Starter])[] = [
  ['tensorflow', startTensorflow],
  ['webgpu', startOnWebgpu], // tried only on a GPU
  ['wasm', startWasm],
  ['cpu', startCpu],
]

/**
 * Start this process's backend. A backend requested by name starts or throws RUNTIME_MISSING. Otherwise the first that starts is used,
 * and `notice` says why earlier ones failed. A software adapter of WebGPU starts only by name: it is slower than the rest. Throws UNSUPPORTED if the backend doesn't support the precision.
 */
export async function startBackend(options: BackendOptions): Promise<EngineInfo> {
  tf.enableProdMode() // only silences tfjs's ads for its own packages
  const info = options.backend ? await startOne(options.backend, options) : await startFastest(options)
  checkPrecision(options.precision)
  return info
}

async function startFastest(options: BackendOptions): Promise<EngineInfo> {
  const reasons: string[] = []
  for (const [name, start] of starters.toSorted(([a], [b]) => Number(b === options.first) - Number(a === options.first))) {
    try {
      if (name === 'webgpu' && (await reachableGpu()) === null) throw new Error('no GPU was found')
      const started = await tryDevice(() => start(options))
      const notice = reasons.length > 0 ? `using ${name}: ${reasons.join('; ')}` : started.notice
      return engineInfo(name, { ...started, notice }, options.precision)
    } catch (error) {
      leaveBackend(name)
      reasons.push(`${name}: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  throw new LaurelError('RUNTIME_MISSING', `couldn't start any backend: ${reasons.join('; ')}`, 'Run `laurel doctor` to see what is wrong.')
}

/** Give back what a backend holds, if it was started. A device that is lost later is then no failure of this process. */
export function leaveBackend(name: BackendName): void {
  if (tf.findBackendFactory(name)) tf.removeBackend(name)
}

async function startOne(name: BackendName, options: BackendOptions): Promise<EngineInfo> {
  const start = starters.find(([starter]) => starter === name)![1]
  try {
    return engineInfo(name, await start(options), options.precision)
  } catch (error) {
    if (error instanceof LaurelError) throw error
    const reason = (error as Error).message.split('\n')[0]
    throw new LaurelError('RUNTIME_MISSING', `couldn't start the backend ${name}: ${reason}`, 'Omit --backend to use an available one.', {
      cause: error,
    })
  }
}

const engineInfo = (backend: BackendName, { notice = '', ...started }: Started, precision: Precision): EngineInfo => ({
  backend,
  ...started,
  precision,
  deviceMemory: deviceMemory(),
  notice,
})

async function startTensorflow({ runtimeFolder, threads }: BackendOptions): Promise<Started> {
  if (runtimeFolder === null) {
    throw new LaurelError('RUNTIME_MISSING', 'no runtime pack is installed', 'Install one: `laurel runtime install cpu`.')
  }
  const gpus = await nvidiaGpus()
  hideFromTensorflow(gpus)
  const { version, usesGpu } = await startNative({ folder: runtimeFolder, threads })
  const visible = gpus.filter(isBuiltFor)
  setDeviceMemory('tensorflow', usesGpu ? leastMemory(visible) : null)
  if (usesGpu) return { version, device: visible[0]?.name ?? 'GPU', threads: threads ?? availableParallelism() }
  const gpu = gpus.find((each) => tensorflowServes(each))?.name
  const notice = gpu && `TensorFlow runs on the CPU although there is a ${gpu}: run \`laurel runtime install cuda\``
  return { version, device: 'CPU', threads: threads ?? threadsFromEnvironment() ?? availableParallelism(), notice }
}

/** WebGPU itself doesn't report a GPU's memory. */
async function startOnWebgpu(): Promise<Started> {
  const started = await startWebgpu()
  setDeviceMemory('webgpu', leastMemory(gpusCalled(started.device, await nvidiaGpus())))
  return started
}

/** Hide GPUs that the library isn't built for: it would find them, and fail at the first operation. The user's own choice takes precedence. */
function hideFromTensorflow(gpus: readonly NvidiaGpu[]): void {
  const served = gpus.filter(isBuiltFor)
  if (served.length < gpus.length) process.env.CUDA_VISIBLE_DEVICES ??= served.map(({ uuid }) => uuid).join(',') || '-1'
}

/** Threads from the user's environment variables, used if none were requested. */
function threadsFromEnvironment(): number | undefined {
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS)
  return Number.isInteger(threads) && threads > 0 ? threads : undefined
}
