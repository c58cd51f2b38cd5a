import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import type { BackendName, EngineInfo } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { Precision } from '../../shared/train-config.ts'
import { startNative } from './native.ts'
import { checkPrecision } from './operand.ts'
import { startCpu, startWasm } from './plain-backend.ts'
import { startWebgpu } from './webgpu.ts'

/** Name of the first NVIDIA GPU that nvidia-smi lists, or null without a driver or GPU. */
async function gpuName(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { timeout: 10_000 })
    return stdout.split('\n')[0].trim() || null
  } catch {
    return null
  }
}

interface BackendOptions {
  /** The required backend; undefined: the fastest that starts. */
  readonly backend?: BackendName
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

/** Fastest first. */
const starters: readonly (readonly [BackendName, Starter])[] = [
  ['tensorflow', startTensorflow],
  ['webgpu', startWebgpu],
  ['wasm', startWasm],
  ['cpu', startCpu],
]

/**
 * Start this process's backend. A backend requested by name starts or throws RUNTIME_MISSING. Otherwise the fastest that starts is used,
 * and `notice` says why faster ones failed. Throws UNSUPPORTED if the backend doesn't support the precision.
 */
export async function startBackend(options: BackendOptions): Promise<EngineInfo> {
  tf.enableProdMode() // only silences tfjs's ads for its own packages
  const info = options.backend ? await startOne(options.backend, options) : await startFastest(options)
  checkPrecision(options.precision)
  return info
}

async function startFastest(options: BackendOptions): Promise<EngineInfo> {
  const reasons: string[] = []
  for (const [name, start] of starters) {
    try {
      const started = await start(options)
      const notice = reasons.length > 0 ? `using ${name}: ${reasons.join('; ')}` : started.notice
      return engineInfo(name, { ...started, notice }, options.precision)
    } catch (error) {
      reasons.push(`${name}: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  throw new LaurelError('RUNTIME_MISSING', `couldn't start any backend: ${reasons.join('; ')}`, 'Run `laurel doctor` to see what is wrong.')
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
  notice,
})

async function startTensorflow({ runtimeFolder, threads }: BackendOptions): Promise<Started> {
  if (runtimeFolder === null) {
    throw new LaurelError('RUNTIME_MISSING', 'no runtime pack is installed', 'Install one: `laurel runtime install cpu`.')
  }
  const { version, usesGpu } = await startNative({ folder: runtimeFolder, threads })
  if (usesGpu) return { version, device: (await gpuName()) ?? 'GPU', threads: threads ?? availableParallelism() }
  const present = await gpuName()
  const notice = present ? `TensorFlow runs on the CPU although there is a ${present}: run \`laurel runtime install cuda\`` : undefined
  return { version, device: 'CPU', threads: threads ?? threadsFromEnvironment() ?? availableParallelism(), notice }
}

/** Threads from the user's environment variables, used if none were requested. */
function threadsFromEnvironment(): number | undefined {
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS)
  return Number.isInteger(threads) && threads > 0 ? threads : undefined
}
