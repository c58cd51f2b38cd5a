import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import {
  boolAttribute,
  floatAttribute,
  handleOf,
  intAttribute,
  isNative,
  runAll,
  typeAttribute,
  typeOf,
  usesGpu,
  wrapAs,
} from './raw-ops.ts'

/**
 * Laurel's own operations (`kernels/native`), which a runtime pack's binding registers with TensorFlow on the CPU. Packs may lack them
 * (built without a compiler, or older), so every caller has a plain fallback.
 */

/**
 * Version of the kernels: which there are, and their inputs and outputs. A binding reports the one that it was compiled with; one with another
 * version counts as without kernels.
 */
export const INTERFACE = 4

interface NativeKernels {
  readonly thinRows: Readonly<Record<Precision, number>>
}
const found = new WeakMap<object, NativeKernels | null>()

/** Whether the current backend has the kernels. `LAUREL_KERNELS=none` disables them in favor of the plain formulas. */
export const hasNativeKernels = (): boolean => nativeKernels() !== null

/** The most rows for which the kernel of thin products is worth calling; 0 without the kernels. */
export const thinRows = (precision: Precision): number => nativeKernels()?.thinRows[precision] ?? 0

function nativeKernels(): NativeKernels | null {
  if (!isNative()) return null
  const backend = tf.backend()
  let kernels = found.get(backend)
  if (kernels === undefined) {
    kernels = process.env.LAUREL_KERNELS === 'none' || usesGpu() ? null : registeredKernels()
    found.set(backend, kernels)
  }
  return kernels
}

function registeredKernels(): NativeKernels | null {
  try {
    const [version, float32, bfloat16] = callKernel('LaurelInterface', null, [], {}, 3).map((answer) => {
      const [value] = answer.dataSync()
      answer.dispose()
      return value
    })
    return version === INTERFACE ? { thinRows: { float32, bfloat16 } } : null
  } catch {
    return null // not registered, or older
  }
}

/** Mark a number as a float attribute. */
export const float = (value: number) => ({ float: value })

type KernelAttributes = Readonly<Record<string, number | boolean | { readonly float: number }>>

/**
 * Run a kernel. Numbers are int attributes. TensorFlow caches a kernel per set of attributes, so values that vary per call belong in a
 * tensor. `precision` is the type attribute T, or null for a kernel without one. Outputs in bfloat16 are labelled float32, as everywhere.
 */
export function callKernel(
  name: string,
  precision: Precision | null,
  inputs: readonly Tensor[],
  attributes: KernelAttributes,
  outputs: number,
): Tensor[] {
  const typed = precision ? [typeAttribute('T', typeOf(precision))] : []
  const others = Object.entries(attributes).map(([key, value]) => {
    if (typeof value === 'number') return intAttribute(key, value)
    return typeof value === 'boolean' ? boolAttribute(key, value) : floatAttribute(key, value.float)
  })
  return runAll(name, [...typed, ...others], inputs.map(handleOf), outputs).map(wrapAs)
}
