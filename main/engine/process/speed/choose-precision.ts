import type { EngineInfo } from '../../protocol.ts'
import type { Precision, PrecisionWish } from '../../train-config.ts'
import { measure } from '../backend/measure.ts'
import { decodeStepSeconds } from './decode-step.ts'
import { keepComparison, keptComparison, machineKey, type PrecisionComparison } from './kept-comparison.ts'

/** bfloat16 is taken where both a product and a decode step take at most this share of float32's time: less is within what a measurement wavers. */
const CLEARLY_LESS = 0.95

type Chosen = Pick<EngineInfo, 'precision' | 'precisionReason'>

/**
 * What `auto` comes to on a backend that is up: float32 unless this very machine was measured to be faster in bfloat16. Measured once (a few
 * seconds) and kept with the runtime pack; a new pack, another processor, another number of threads or other variables of the libraries
 * measure again. `compare` is replaced in tests.
 */
export async function choosePrecision(
  wish: PrecisionWish,
  { backend, device, threads }: Pick<EngineInfo, 'backend' | 'device' | 'threads'>,
  runtimeFolder: string | null,
  compare: () => Promise<PrecisionComparison> = comparePrecisions,
): Promise<Chosen> {
  if (wish !== 'auto') return { precision: wish, precisionReason: 'as asked for' }
  if (backend !== 'tensorflow' || runtimeFolder === null) {
    return { precision: 'float32', precisionReason: `the ${backend} backend has no bfloat16` }
  }
  const key = machineKey(device, threads)
  const comparison = keptComparison(runtimeFolder, key) ?? (await compare())
  keepComparison(runtimeFolder, key, comparison)
  return verdict(comparison)
}

/** The choice and, in one line, why. */
export function verdict({ product, step }: PrecisionComparison): Chosen {
  const isFaster = product <= CLEARLY_LESS && step <= CLEARLY_LESS
  const precision: Precision = isFaster ? 'bfloat16' : 'float32'
  const times = (share: number): string => share.toFixed(2)
  return {
    precision,
    precisionReason: `in bfloat16 a product takes ${times(product)} and a decode step ${times(step)} times as long as in float32`,
  }
}

async function comparePrecisions(): Promise<PrecisionComparison> {
  const { float32Gflops, bfloat16Gflops } = await measure()
  const steps = await decodeStepSeconds(['float32', 'bfloat16'])
  return {
    at: new Date().toISOString(),
    product: float32Gflops / (bfloat16Gflops ?? 1e-9),
    step: steps.get('bfloat16')! / steps.get('float32')!,
  }
}
