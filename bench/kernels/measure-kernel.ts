import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../main/shared/train-config.ts'
import type { KernelEntry, KernelShape } from './entry.ts'

const fewest = 5
const longestSeconds = 0.7 // for each of the two, once it has run often enough

/** Microseconds of both, and the fused kernel's throughput. */
export function measureKernel({ prepare }: KernelEntry, shape: KernelShape, precision: Precision, peak: number): Record<string, number> {
  const engine = tf.engine()
  engine.startScope()
  try {
    const { fused, plain, bytes, flops } = prepare(shape, precision)
    const [fusedSeconds, plainSeconds] = [fastest(fused), fastest(plain)]
    return {
      fusedMicros: fusedSeconds * 1e6,
      plainMicros: plainSeconds * 1e6,
      speedup: plainSeconds / fusedSeconds,
      gbPerSecond: bytes / fusedSeconds / 1e9,
      ...(flops === undefined ? {} : { gflops: flops / fusedSeconds / 1e9, peakShare: flops / fusedSeconds / peak }),
    }
  } finally {
    engine.endScope()
  }
}

/** Seconds of the fastest call, because disturbances only make a call slower. Disposing of the result isn't counted. */
function fastest(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  const start = performance.now()
  for (let calls = 0; calls < fewest || performance.now() - start < longestSeconds * 1000; calls++) {
    tf.tidy(() => {
      const begin = performance.now()
      work()
      best = Math.min(best, (performance.now() - begin) / 1000)
    })
  }
  return best
}
