import type { KernelBackend, Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'

/** The current backend's constants. */
let held: { readonly backend: KernelBackend; readonly scalars: Map<number, Tensor> } | null = null

/**
 * A number of a formula as a float32 scalar, made once per backend. tfjs makes a new scalar of every number that it is given, and on a GPU
 * each is a copy that waits until everything queued before it is finished. For settings and sizes, not for numbers that change with every
 * step: it is never freed, except with the others when another backend becomes the current one.
 */
export function constant(value: number): Tensor {
  const backend = tf.backend()
  if (held?.backend !== backend) {
    dropConstants()
    held = { backend, scalars: new Map() }
  }
  let scalar = held.scalars.get(value)
  if (scalar === undefined) {
    scalar = unregistered(backend, value, -1 - held.scalars.size)
    held.scalars.set(value, scalar)
  }
  return scalar
}

/** The current backend's constants so far, by number. */
export const heldConstants = (): Iterable<readonly [number, Tensor]> => (held?.backend === tf.backend() ? held.scalars : [])

function dropConstants(): void {
  for (const { dataId } of held?.scalars.values() ?? []) held?.backend.disposeData(dataId)
  held = null
}

/** A tensor outside tfjs's scopes and counts: no `tidy` frees it, and what it counts as leaked is work that was not freed. */
function unregistered(backend: KernelBackend, value: number, id: number): Tensor {
  const dataId = backend.write(Float32Array.of(value), [], 'float32')
  return new tf.Tensor([], 'float32', dataId, id)
}
