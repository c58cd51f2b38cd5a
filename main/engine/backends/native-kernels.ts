import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Precision } from '../../shared/train-config.ts'
import { typeOf } from './operand.ts'
import { boolAttribute, floatAttribute, handleOf, intAttribute, isNative, runAll, typeAttribute, usesGpu, wrapAs } from './raw-ops.ts'

/**
 * Laurel's own operations (`kernels/native`), which a runtime pack's binding registers with TensorFlow on the CPU. Packs may lack them
 * (built without a compiler, or older), so every caller has a plain fallback.
 */

/** Version of the kernels' inputs and outputs. The binding reports which one it was compiled with. */
const INTERFACE = 1

const found = new WeakMap<object, boolean>()

/** Whether the current backend has the kernels. `LAUREL_KERNELS=none` disables them in favor of the plain formulas. */
export function hasNativeKernels(): boolean {
  if (!isNative()) return false
  const backend = tf.backend()
  let present = found.get(backend)
  if (present === undefined) {
    present = process.env.LAUREL_KERNELS !== 'none' && !usesGpu() && kernelInterface() === INTERFACE
    found.set(backend, present)
  }
  return present
}

function kernelInterface(): number | null {
  try {
    const [answer] = callKernel('LaurelInterface', null, [], {}, 1)
    const [version] = answer.dataSync()
    answer.dispose()
    return version
  } catch {
    return null // not registered
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
