import * as tf from '@tensorflow/tfjs-core'
import { addBias, plainAddBias } from '../../main/engine/kernels/add-bias.ts'
import { addRmsNorm, plainAddRmsNorm, plainRmsNormBackward, rmsNormBackward } from '../../main/engine/kernels/rms-norm.ts'
import { plainRotateHeads, rotateHeads } from '../../main/engine/kernels/rope.ts'
import { plainSwiglu, plainSwigluBackward, swiglu, swigluBackward } from '../../main/engine/kernels/swiglu.ts'
import { plainTimesTransposed, timesTransposed } from '../../main/engine/kernels/thin-product.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import { bytesOf, type KernelEntry, type KernelWork, noise, noisy } from './entry.ts'

const epsilon = 1e-5

/** A layer's work besides matrix products and attention. */
export const layerKernels: readonly KernelEntry[] = [
  {
    name: 'residual and RMS norm',
    prepare({ tokens: N, hidden: C }, precision) {
      const [x, branch, weight] = [noise([N, C]), noisy([N, C], precision), noise([C])]
      return {
        fused: () => addRmsNorm(x, branch, weight, epsilon, precision),
        plain: () => plainAddRmsNorm(x, branch, weight, epsilon, precision),
        bytes: 2 * bytesOf(x, branch),
      }
    },
  },
  {
    name: 'RMS norm, backward',
    prepare({ tokens: N, hidden: C }, precision) {
      const [dy, x, weight, residual] = [noisy([N, C], precision), noise([N, C]), noise([C]), noise([N, C])]
      const r = tf.ones([N, 1])
      return {
        fused: () => rmsNormBackward(dy, x, r, weight, residual),
        plain: () => plainRmsNormBackward(dy, x, r, weight, residual),
        bytes: bytesOf(dy, x, residual) + bytesOf(x, dy),
      }
    },
  },
  {
    name: 'SwiGLU',
    prepare({ tokens: N, intermediate: F }, precision) {
      const gateUp = noisy([N, 2 * F], precision)
      return { fused: () => swiglu(gateUp), plain: () => plainSwiglu(gateUp), bytes: 1.5 * bytesOf(gateUp) }
    },
  },
  {
    name: 'SwiGLU, backward',
    prepare({ tokens: N, intermediate: F }, precision) {
      const [dy, gateUp] = [noisy([N, F], precision), noisy([N, 2 * F], precision)]
      return { fused: () => swigluBackward(dy, gateUp), plain: () => plainSwigluBackward(dy, gateUp), bytes: 2 * bytesOf(dy, gateUp) }
    },
  },
  {
    name: 'rotary embedding',
    prepare({ tokens: N, heads, keyValueHeads, headDim }, precision) {
      const qkv = noisy([N, (heads + 2 * keyValueHeads) * headDim], precision)
      const angles = { cos: noise([N, 1, headDim / 2]), sin: noise([N, 1, headDim / 2]) }
      const shape = { heads, keyValueHeads, headDim }
      return {
        fused: () => rotateHeads(qkv, angles, shape, 1),
        plain: () => plainRotateHeads(qkv, angles, shape, 1),
        bytes: 2 * bytesOf(qkv),
      }
    },
  },
  {
    name: 'bias',
    prepare({ tokens: N, heads, keyValueHeads, headDim }, precision) {
      const width = (heads + 2 * keyValueHeads) * headDim
      const [x, bias] = [noisy([N, width], precision), noise([width])]
      return { fused: () => addBias(x, bias), plain: () => plainAddBias(x, bias), bytes: 2 * bytesOf(x) }
    },
  },
  {
    name: 'projection while decoding',
    prepare: ({ sequences: S, hidden: C, intermediate: F }, precision) => thinProduct(S, 2 * F, C, precision),
  },
  {
    name: 'projection of one sequence',
    prepare: ({ hidden: C, intermediate: F }, precision) => thinProduct(1, 2 * F, C, precision),
  },
]

function thinProduct(N: number, O: number, I: number, precision: Precision): KernelWork {
  const [x, weight] = [noisy([N, I], precision), noisy([O, I], precision)]
  return {
    fused: () => timesTransposed(x, weight).tensor,
    plain: () => plainTimesTransposed(x, weight).tensor,
    bytes: bytesOf(x, weight),
    flops: 2 * N * O * I,
  }
}
