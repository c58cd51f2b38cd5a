import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Operand } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import type { Moments } from '../kernels/adamw.ts'
import { squaredNorm } from '../kernels/squared-norm.ts'
import type { Gradients } from '../model/gradients.ts'

/** Initial optimizer moments of a parameter. Filled on the device, since zeros on the host would be as large as the model. */
export const zeroMoments = ({ shape }: { readonly shape: readonly number[] }): Moments => ({
  m: tf.fill([...shape], 0),
  v: tf.fill([...shape], 0),
})

/** Squared Euclidean norm over all gradients, a scalar. (`addN` of scalars returns 0 on WebGPU, so they are stacked.) */
export const squaredNormOf = (gradients: Gradients): Tensor =>
  tidy(() => tf.sum(tf.stack(gradients.names.map((name) => squaredNorm(gradients.get(name) as Operand)))))

/** Factor that scales the norm down to `max`; 1 if it is smaller (torch's `clip_grad_norm_`). */
export const clipFactor = (norm: number, max: number | null): number => (max === null ? 1 : Math.min(1, max / (norm + 1e-6)))
