import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** An NVIDIA GPU as its driver describes it. */
export interface NvidiaGpu {
  readonly name: string
  readonly bytes: number
  readonly driver: string
  /** Compute capability, for example 8.9; null if the driver is too old to report it. */
  readonly capability: number | null
  /** Names the GPU in CUDA_VISIBLE_DEVICES. */
  readonly uuid: string
}

const fields = ['name', 'memory.total', 'driver_version', 'uuid']

/** What nvidia-smi answers about each GPU, a line each. Throws without a driver, and if the driver doesn't know a field. */
async function askDriver(asked: readonly string[], timeout = 10_000): Promise<string> {
  const args = [`--query-gpu=${asked.join(',')}`, '--format=csv,noheader,nounits']
  return (await promisify(execFile)('nvidia-smi', args, { timeout })).stdout
}

/** NVIDIA GPUs of this machine, from nvidia-smi; none without a driver. */
export async function nvidiaGpus(): Promise<NvidiaGpu[]> {
  for (const asked of [[...fields, 'compute_cap'], fields]) {
    try {
      return parseNvidiaGpus(await askDriver(asked))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    }
  }
  return []
}

/** How busy an NVIDIA GPU is. */
export interface GpuLoad {
  readonly name: string
  /** Share of the time in which it computed, 0 to 1. */
  readonly share: number
  readonly bytes: number
  readonly ofBytes: number
}

/** How busy the NVIDIA GPUs of this machine are; none without a driver. */
export async function gpuLoads(): Promise<GpuLoad[]> {
  try {
    return parseGpuLoads(await askDriver(['name', 'utilization.gpu', 'memory.used', 'memory.total'], 5000))
  } catch {
    return []
  }
}

/** Free memory of the first NVIDIA GPU, in bytes; null if it isn't known. */
export async function freeGpuMemory(): Promise<number | null> {
  try {
    const [first] = (await askDriver(['memory.free'])).split('\n')
    const mebibytes = Number(first)
    return Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : null
  } catch {
    return null
  }
}

/** Lines of the fields that `gpuLoads` asks for; a GPU that doesn't report them is left out. */
export function parseGpuLoads(text: string): GpuLoad[] {
  return text.split('\n').flatMap((line) => {
    const [name, share, used, total] = line.split(',').map((field) => field.trim())
    const figures = [share, used, total].map(Number)
    if (name === '' || total === undefined || figures.some(Number.isNaN)) return []
    return [{ name, share: figures[0] / 100, bytes: figures[1] * 2 ** 20, ofBytes: figures[2] * 2 ** 20 }]
  })
}

/** Lines of the fields that `nvidiaGpus` asks for. */
export function parseNvidiaGpus(text: string): NvidiaGpu[] {
  const lines = text.split('\n').filter((line) => line.includes(', '))
  return lines.map((line) => {
    const [name, mebibytes, driver, uuid, capability] = line.split(',').map((field) => field.trim())
    const reported = capability === undefined ? Number.NaN : Number(capability)
    return { name, bytes: Number(mebibytes) * 2 ** 20, driver, uuid, capability: Number.isNaN(reported) ? null : reported }
  })
}

/**
 * Compute capabilities that TensorFlow's GPU wheels (2.18 to 2.21) are built for: 6.0 (Pascal) to 9.0 (Hopper). On Blackwell (RTX 50 and later)
 * their code is rejected with CUDA_ERROR_INVALID_PTX (tensorflow issues 89272, 101746, 111958).
 */
const built = { from: 6, below: 10 }

/** Names of Blackwell cards, for drivers that don't report the capability. */
const blackwell = /\bRTX (?:50[5-9]0|PRO \d000 Blackwell)|\bB[123]00\b/i

/** Whether TensorFlow's GPU build runs on it. */
export const tensorflowServes = ({ capability, name }: Pick<NvidiaGpu, 'capability' | 'name'>): boolean =>
  capability === null ? !blackwell.test(name) : capability >= built.from && capability < built.below

/** For example 'NVIDIA GeForce RTX 5090 (compute capability 12.0)'. */
export const nvidiaName = ({ name, capability }: Pick<NvidiaGpu, 'capability' | 'name'>): string =>
  capability === null ? name : `${name} (compute capability ${capability.toFixed(1)})`

/** Which GPUs TensorFlow's build can use and which it can't, in one line. */
export function tensorflowAudience(gpus: readonly NvidiaGpu[]): string {
  if (gpus.length === 0) return 'No NVIDIA GPU was found.'
  const sentence = (names: readonly string[], can: string): string[] =>
    names.length === 0 ? [] : [`TensorFlow ${can} the ${names.join(' and the ')}.`]
  return [
    ...sentence(gpus.filter(tensorflowServes).map(nvidiaName), 'can use'),
    ...sentence(gpus.filter((gpu) => !tensorflowServes(gpu)).map(nvidiaName), "can't use"),
  ].join(' ')
}

export const capabilitiesServed = `${built.from}.0 to ${built.below - 1}.0`
