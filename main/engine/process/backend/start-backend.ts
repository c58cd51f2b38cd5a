import { availableParallelism } from 'node:os'
import * as tf from '@tensorflow/tfjs-core'
import { LaurelError } from '../../../common/errors.ts'
import type { BackendName, EngineInfo } from '../../protocol.ts'
import type { Precision } from '../../train-config.ts'
import { gpuName } from './gpu-name.ts'
import { startNative } from './native.ts'
import { checkPrecision } from './operand.ts'
import { startCpu, startWasm } from './plain.ts'
import { startWebgpu } from './webgpu.ts'

export interface BackendOptions {
  /** The backend that is to run and no other; undefined: the fastest that starts. */
  readonly backend?: BackendName
  readonly precision: Precision
  /** Undefined: one for each processor. */
  readonly threads?: number
  /** The folder of the runtime pack to load, or null where none is installed. */
  readonly runtimeFolder: string | null
}

/** What a started backend says of itself. */
interface Started {
  readonly version: string
  readonly device: string
  readonly threads: number
  /** Something that makes it slower than it could be. */
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
 * Start the backend of this process. One that is asked for by name starts or throws (RUNTIME_MISSING); otherwise the
 * fastest that starts is taken, and `notice` says why none before it was. Throws UNSUPPORTED where the backend cannot
 * compute in the precision.
 */
export async function startBackend(options: BackendOptions): Promise<EngineInfo> {
  tf.enableProdMode() // only silences tfjs's advertisement of its own packages
  const info = options.backend ? await startOne(options.backend, options) : await startFastest(options)
  checkPrecision(options.precision)
  return info
}

async function startFastest(options: BackendOptions): Promise<EngineInfo> {
  const reasons: string[] = []
  for (const [name, start] of starters) {
    try {
      const started = await start(options)
      const notice = reasons.length > 0 ? `${name} is used: ${reasons.join('; ')}` : started.notice
      return engineInfo(name, { ...started, notice }, options.precision)
    } catch (error) {
      reasons.push(`${name}: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  throw new LaurelError('RUNTIME_MISSING', `no backend starts: ${reasons.join('; ')}`, 'Run `laurel doctor` to see what is wrong.')
}

async function startOne(name: BackendName, options: BackendOptions): Promise<EngineInfo> {
  const start = starters.find(([starter]) => starter === name)![1]
  try {
    return engineInfo(name, await start(options), options.precision)
  } catch (error) {
    if (error instanceof LaurelError) throw error
    const reason = (error as Error).message.split('\n')[0]
    throw new LaurelError('RUNTIME_MISSING', `the backend ${name} does not start: ${reason}`, 'Leave out --backend to use what there is.', {
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
  const notice = present ? `TensorFlow computes on the CPU although there is a ${present}: run \`laurel runtime install cuda\`` : undefined
  return { version, device: 'CPU', threads: threads ?? threadsFromEnvironment() ?? availableParallelism(), notice }
}

/** What the person has told the library, where nothing was asked for. */
function threadsFromEnvironment(): number | undefined {
  const threads = Number(process.env.TF_NUM_INTRAOP_THREADS)
  return Number.isInteger(threads) && threads > 0 ? threads : undefined
}
