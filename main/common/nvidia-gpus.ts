import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isSameGpu } from '../shared/device-text.ts'

/** An NVIDIA GPU as its driver describes it. */
export interface NvidiaGpu {
  readonly name: string
  /** NaN if the driver doesn't say, as where the GPU shares the machine's memory. */
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

/** Free memory of the NVIDIA GPU that a library calls `device`, in bytes; null if it isn't known. */
export async function freeGpuMemory(device: string): Promise<number | null> {
  try {
    const gpus = parseFree(await askDriver(['name', 'memory.free']))
    return leastMemory(gpusCalled(device, gpus))
  } catch {
    return null
  }
}

/** Lines of the fields that `freeGpuMemory` asks for. */
const parseFree = (text: string) =>
  text.split('\n').flatMap((line) => {
    const [name, mebibytes] = line.split(',').map((field) => field.trim())
    return mebibytes === undefined ? [] : [{ name, bytes: Number(mebibytes) * 2 ** 20 }]
  })

/** The GPUs that a library calls `device`: several may be of one model. */
export const gpusCalled = <Gpu extends { readonly name: string }>(device: string, gpus: readonly Gpu[]): Gpu[] =>
  gpus.filter(({ name }) => isSameGpu(name, device))

/** The smallest memory of some GPUs, since a library chooses among them by itself. Null without one, and if the driver doesn't say (shared memory). */
export function leastMemory(gpus: readonly { readonly bytes: number }[]): number | null {
  const bytes = Math.min(...gpus.map((gpu) => gpu.bytes))
  return Number.isFinite(bytes) ? bytes : null
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

/** Whether TensorFlow's GPU build has code for it. */
export const isBuiltFor = ({ capability, name }: Pick<NvidiaGpu, 'capability' | 'name'>): boolean =>
  capability === null ? !blackwell.test(name) : capability >= built.from && capability < built.below

export type Machine = Pick<NodeJS.Process, 'platform' | 'arch'>

/** Whether TensorFlow's wheels have GPU code for this operating system and processor. */
export const hasGpuBuild = ({ platform, arch }: Machine): boolean => platform === 'linux' && arch === 'x64'

/** Whether a cuda pack computes on it. */
export const tensorflowServes = (gpu: Pick<NvidiaGpu, 'capability' | 'name'>, machine: Machine = process): boolean =>
  hasGpuBuild(machine) && isBuiltFor(gpu)

/** What TensorFlow's GPU library is built for; a machine whose GPU it can't use lacks this. */
export const gpuBuildFor = (machine: Machine = process): string =>
  hasGpuBuild(machine) ? `compute capability ${built.from}.0 to ${built.below - 1}.0` : 'Linux on x86-64'

/** For example 'NVIDIA GeForce RTX 5090 (compute capability 12.0)'. */
export const nvidiaName = ({ name, capability }: Pick<NvidiaGpu, 'capability' | 'name'>): string =>
  capability === null ? name : `${name} (compute capability ${capability.toFixed(1)})`

/** Which GPUs TensorFlow's build can use and which it can't, in one line. */
export function tensorflowAudience(gpus: readonly NvidiaGpu[], machine: Machine = process): string {
  if (gpus.length === 0) return 'No NVIDIA GPU was found.'
  const names = (isServed: boolean): string =>
    gpus
      .filter((gpu) => tensorflowServes(gpu, machine) === isServed)
      .map(nvidiaName)
      .join(' and the ')
  const [served, others] = [names(true), names(false)]
  return [
    ...(served === '' ? [] : [`TensorFlow can use the ${served}.`]),
    ...(others === '' ? [] : [`TensorFlow can't use the ${others}: its GPU library is built for ${gpuBuildFor(machine)}.`]),
  ].join(' ')
}
