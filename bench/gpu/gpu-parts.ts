import { homeFolder } from '../../main/common/home.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import { type GpuBackend, NotInstalled } from './gpu-backend.ts'
import { type GpuSizes, sizesOf } from './gpu-sizes.ts'
import { printLine } from './part-output.ts'
import type { Part } from './run-part.ts'

/** What parts run with. */
export interface PartPlace {
  /** Seconds by part, in place of the usual ones. */
  readonly limits: Readonly<Record<string, number>>
  readonly sizes: string
  /** Folders of the tiny models, and of the peers' programs. */
  readonly models: string
  readonly peers: string
  readonly python: string
  /** How to start this program again. */
  readonly self: readonly string[]
}

/** Laurel's work on a backend. Imported when it starts, so that describing an adapter loads nothing else. */
const ownWork = {
  adapter: async () => (await import('./parts/adapter.ts')).describeAdapter(),
  parity: async (backend: GpuBackend, _: Precision, __: GpuSizes, models: string) =>
    (await import('./parts/parity.ts')).checkParity(backend, models),
  products: async (...args: [GpuBackend, Precision, GpuSizes]) => (await import('./parts/products.ts')).measureProducts(...args),
  kernels: async (...args: [GpuBackend, Precision, GpuSizes]) => (await import('./parts/kernels.ts')).measureKernels(...args),
  training: async (...args: [GpuBackend, Precision, GpuSizes]) => (await import('./parts/training.ts')).measureTraining(...args),
  decoding: async (...args: [GpuBackend, Precision, GpuSizes]) => (await import('./parts/decoding.ts')).measureDecoding(...args),
}
type OwnWork = keyof typeof ownWork

const own = (work: OwnWork, backend: GpuBackend, precision: Precision, seconds: number) => ({ work, backend, precision, seconds })
const peer = (program: string, work: string, seconds: number) => ({ program, work, seconds })

/**
 * In the order in which they run: what is needed to judge the rest first, then Laurel's work next to its peers', the most telling first, since
 * parts for which no time is left aren't started. Their limits add up to nine minutes.
 */
const planned = [
  own('adapter', 'webgpu', 'float32', 15),
  own('parity', 'webgpu', 'float32', 30),
  own('products', 'webgpu', 'float32', 25),
  own('products', 'webgpu', 'bfloat16', 20),
  peer('torch', 'products', 30),
  own('training', 'webgpu', 'float32', 40),
  own('decoding', 'webgpu', 'float32', 25),
  peer('torch', 'training', 40),
  peer('torch', 'decoding', 25),
  own('kernels', 'webgpu', 'float32', 25),
  own('kernels', 'webgpu', 'bfloat16', 25),
  own('training', 'webgpu', 'bfloat16', 40),
  own('decoding', 'webgpu', 'bfloat16', 20),
  peer('torch', 'kernels', 20),
  peer('transformers', 'training', 25),
  peer('transformers', 'decoding', 15),
  own('parity', 'tensorflow', 'float32', 10),
  own('products', 'tensorflow', 'bfloat16', 10),
  own('training', 'tensorflow', 'float32', 10),
  own('training', 'tensorflow', 'bfloat16', 10),
  own('decoding', 'tensorflow', 'bfloat16', 10),
  peer('TRL', 'training', 25),
  peer('torch.compile', 'training', 30),
] as const

/** Seconds of all parts together. */
export const LIMIT_SECONDS = 540

export function partsOf({ limits, sizes, models, peers, python, self }: PartPlace): Part[] {
  const [command, ...start] = self
  return planned.map((each): Part => {
    if ('program' in each) {
      const name = `${each.program} ${each.work}`
      const args = [`${peers}/gpu_peer.py`, each.program, each.work, JSON.stringify(sizesOf(sizes))]
      return { name, limitSeconds: limits[name] ?? each.seconds, command: python, args, env: offline }
    }
    const name = each.work === 'adapter' ? each.work : `${each.backend} ${each.work}, ${each.precision}`
    const args = [...start, 'part', each.work, each.backend, each.precision, sizes, models]
    return { name, limitSeconds: limits[name] ?? each.seconds, command, args }
  })
}

const offline = { HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false', PYTHONDONTWRITEBYTECODE: '1', LAUREL_HOME: homeFolder() }

/** Do a part's work in this process, which ends with it. */
export async function doPart([work, backend, precision, sizes, models]: readonly string[]): Promise<never> {
  try {
    await ownWork[work as OwnWork](backend as GpuBackend, precision as Precision, sizesOf(sizes), models)
    printLine({ finished: true })
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error
    printLine({ missing: error.message })
  }
  return new Promise(() => process.stdout.write('', () => process.exit())) // a device would keep the process alive
}
