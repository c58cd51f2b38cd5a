import type { EngineInfo } from '../../../shared/engine-protocol.ts'
import type { Precision, PrecisionWish } from '../../../shared/train-config.ts'
import { measure } from '../../backends/measure.ts'
import { decodeStepSeconds } from './decode-step.ts'
import { keptPrecisions, machineKey, type PrecisionComparison } from './kept-comparison.ts'
import { isCurrent, observe } from './others-share.ts'

/**
 * Choose bfloat16 if both a product and a decode step take at most this share of float32's time. Smaller gains are within measurement
 * noise.
 */
const CLEARLY_LESS = 0.95

type Chosen = Pick<EngineInfo, 'precision' | 'precisionReason'>

/**
 * Resolve `auto` on a running backend: float32, unless bfloat16 is measurably faster on this machine. The result is measured once (a few
 * seconds) and stored with the runtime pack, for an hour if other programs were busy; another pack, processor, thread count or library environment is
 * measured separately. Tests replace `compare` and `watch`. WebGPU's bfloat16 isn't compared: it has not been measured on hardware.
 */
export async function choosePrecision(
  wish: PrecisionWish,
  { backend, device, threads }: Pick<EngineInfo, 'backend' | 'device' | 'threads'>,
  runtimeFolder: string | null,
  compare: () => Promise<PrecisionComparison> = comparePrecisions,
  watch: typeof observe = observe,
): Promise<Chosen> {
  if (wish !== 'auto') return { precision: wish, precisionReason: 'as requested' }
  if (backend === 'webgpu') return { precision: 'float32', precisionReason: 'on WebGPU, bfloat16 is used only on request' }
  if (backend !== 'tensorflow' || runtimeFolder === null) {
    return { precision: 'float32', precisionReason: `the ${backend} backend doesn't support bfloat16` }
  }
  const key = machineKey(device, threads)
  const known = keptPrecisions.get(runtimeFolder, key)
  if (known !== undefined && isCurrent(known)) return verdict(known)
  const { result, isDisturbed } = await watch(compare)
  const comparison = { ...result, ...(isDisturbed && { isDisturbed }) }
  keptPrecisions.keep(runtimeFolder, key, comparison)
  return verdict(comparison)
}

/** The choice and its reason, in one line. */
export function verdict({ product, step, isDisturbed }: PrecisionComparison): Chosen {
  const isFaster = product <= CLEARLY_LESS && step <= CLEARLY_LESS
  const precision: Precision = isFaster ? 'bfloat16' : 'float32'
  const times = (share: number): string => share.toFixed(2)
  return {
    precision,
    precisionReason: `in bfloat16 a product takes ${times(product)} times and a decode step ${times(step)} times as long as in float32${isDisturbed ? ', measured while other programs were busy' : ''}`,
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
