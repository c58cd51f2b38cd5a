import * as tf from '@tensorflow/tfjs-core'
import { hasNativeKernels } from './native-kernels.ts'

/** Who computes the hot operations: the runtime pack's C++ operations, Laurel's WebGPU shaders, or formulas in tfjs's own operations. */
export type KernelSet = 'native' | 'wgsl' | 'plain'

const chosen = new WeakMap<object, KernelSet>()

/** The current backend's kernels, chosen once. `LAUREL_KERNELS=none` leaves every backend with the plain formulas. */
export function kernelSet(): KernelSet {
  const backend = tf.backend()
  let set = chosen.get(backend)
  if (set === undefined) {
    set = choose()
    chosen.set(backend, set)
  }
  return set
}

function choose(): KernelSet {
  if (process.env.LAUREL_KERNELS === 'none') return 'plain'
  if (tf.getBackend() === 'webgpu') return 'wgsl'
  return hasNativeKernels() ? 'native' : 'plain'
}

/** Versions of one operation, with the same inputs, outputs, and result up to rounding. A set without its own takes the plain one. */
type Versions<F> = { readonly plain: F } & { readonly [set in Exclude<KernelSet, 'plain'>]?: F }

/** One operation in the version of the current backend's kernel set. */
export function kernel<F extends (...inputs: never[]) => unknown>(versions: Versions<F>): F {
  return ((...inputs) => (versions[kernelSet()] ?? versions.plain)(...inputs)) as F
}
