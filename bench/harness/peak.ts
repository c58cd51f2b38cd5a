import * as tf from '@tensorflow/tfjs-core'
import { BFLOAT16, boolAttribute, cast, FLOAT, free, handleOf, run, typeAttribute } from '../../main/engine/backends/raw-ops.ts'
import type { Runtime } from '../../main/runtimes/find.ts'
import { LaurelError } from '../../main/shared/errors.ts'
import type { Precision } from '../../main/shared/train-config.ts'

/** Matrix products [M, K] x [K, N] at which a processor should perform best: large, and as long as those of models. */
const shapes = [
  [1024, 1024, 1024],
  [2048, 2048, 2048],
  [2048, 576, 3072],
  [4096, 1024, 4096],
] as const
const fewest = 8
const shortestSeconds = 0.4 // per shape, so that a brief disturbance doesn't affect the result

/**
 * The fastest plain matrix product in TensorFlow on this machine, in floating-point operations per second: the peak that
 * a training step's useful work is compared with. The best of several shapes and repetitions, because disturbances only
 * make a measurement slower. The native backend must be running.
 */
export function matmulPeak(precision: Precision): number {
  return Math.max(...shapes.map(([m, k, n]) => (2 * m * k * n) / fastest(precision, m, k, n)))
}

/** Seconds of the fastest of several matrix products. */
function fastest(precision: Precision, m: number, k: number, n: number): number {
  const type = precision === 'bfloat16' ? BFLOAT16 : FLOAT
  const sides = [tf.randomUniform([m, k], -1, 1), tf.randomUniform([k, n], -1, 1)]
  const inputs = sides.map((side) => cast(handleOf(side), FLOAT, type))
  const attributes = [typeAttribute('T', type), boolAttribute('transpose_a', false), boolAttribute('transpose_b', false)]
  const ids = inputs.map(({ id }) => id)
  let best = Number.POSITIVE_INFINITY
  const start = performance.now()
  for (let i = 0; i < fewest || performance.now() - start < shortestSeconds * 1000; i++) {
    const begin = performance.now()
    const product = run('MatMul', attributes, ids)
    best = Math.min(best, (performance.now() - begin) / 1000)
    free(product)
  }
  for (const input of inputs) free(input)
  for (const side of sides) side.dispose()
  return best
}

/** The native runtime. Throws RUNTIME_MISSING if it isn't installed. */
export function requireRuntime(runtime: Runtime | null): Runtime {
  if (runtime) return runtime
  throw new LaurelError('RUNTIME_MISSING', 'This measurement needs the native runtime.', 'Run `laurel runtime install cpu`.')
}
