import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import type { Precision } from '../../train-config.ts'
import { typeOf } from './operand.ts'
import { boolAttribute, floatAttribute, handleOf, intAttribute, isNative, runAll, typeAttribute, usesGpu, wrapAs } from './raw-ops.ts'

/**
 * Laurel's own operations (`kernels/native`), which a runtime pack's binding brings to TensorFlow on the CPU. Packs without
 * them exist (no compiler, or made before there were any): whoever calls a kernel has a plain formula for that case.
 */

/** Changes whenever a kernel's inputs or outputs do; the binding says which one it was compiled from. */
const INTERFACE = 1

const found = new WeakMap<object, boolean>()

/** Whether the current backend has the kernels. `LAUREL_KERNELS=none` leaves them aside: the plain formulas compute. */
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
    return null // no such operation
  }
}

/** Marks a number as an attribute of type float. */
export const float = (value: number) => ({ float: value })

export type KernelAttributes = Readonly<Record<string, number | boolean | { readonly float: number }>>

/**
 * Run a kernel: numbers are attributes of type int. TensorFlow keeps a kernel for each set of attributes, so what varies from
 * call to call belongs in a tensor. `precision` is the type attribute T, null for a kernel without one. An output that holds
 * bfloat16 is labelled float32, as everywhere.
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
