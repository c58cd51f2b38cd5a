import { Tensor } from '@tensorflow/tfjs-core'
import { handleOf } from '../raw-ops.ts'

/** A result with its tensors taken out: what they are made of in each call, and how to put them back. */
export interface ResultShape<T> {
  /** Handles of the tensors that a call has to compute, in the order of `rebuild`'s `computed`. */
  readonly computed: readonly number[]
  /** Free the tensors of the result itself that aren't inputs. */
  readonly disposeOwn: () => void
  /** The result of another call. */
  readonly rebuild: (computed: readonly Tensor[], inputs: readonly Tensor[]) => T
}

/** A tensor of a result: one of the inputs or of the computed tensors. A copy shares its values. */
interface Slot {
  readonly of: 'inputs' | 'computed'
  readonly index: number
  readonly isCopy: boolean
}

/**
 * Take the tensors out of a result of arrays and plain objects. What was the same tensor stays the same tensor, because its owner frees it once;
 * a tensor that shares its values with another stays a copy of that.
 */
export function shapeOf<T>(result: T, inputs: readonly Tensor[]): ResultShape<T> {
  const places = new Map<number, Omit<Slot, 'isCopy'>>() // by handle
  const slots = new Map<Tensor, Slot>()
  const computed: number[] = []
  inputs.forEach((tensor, index) => {
    if (!places.has(handleOf(tensor))) places.set(handleOf(tensor), { of: 'inputs', index })
    if (!slots.has(tensor)) slots.set(tensor, { of: 'inputs', index, isCopy: false })
  })
  const slotOf = (tensor: Tensor): Slot => {
    const known = slots.get(tensor)
    if (known) return known
    const handle = handleOf(tensor)
    const place = places.get(handle)
    const slot: Slot = place ? { ...place, isCopy: true } : { of: 'computed', index: computed.push(handle) - 1, isCopy: false }
    if (!place) places.set(handle, slot)
    slots.set(tensor, slot)
    return slot
  }
  const shape = mapTensors(result, slotOf)
  return {
    computed,
    disposeOwn: () => {
      for (const tensor of slots.keys()) if (!inputs.includes(tensor)) tensor.dispose()
    },
    rebuild: (tensors, given) => {
      const copies = new Map<Slot, Tensor>()
      return mapSlots(shape, new Set(slots.values()), (slot) => {
        const tensor = (slot.of === 'inputs' ? given : tensors)[slot.index]
        if (!slot.isCopy) return tensor
        const copy = copies.get(slot) ?? tensor.clone()
        copies.set(slot, copy)
        return copy
      }) as T
    },
  }
}

const mapTensors = (value: unknown, map: (tensor: Tensor) => Slot): unknown =>
  value instanceof Tensor ? map(value) : mapParts(value, (part) => mapTensors(part, map))

const mapSlots = (value: unknown, slots: ReadonlySet<unknown>, map: (slot: Slot) => Tensor): unknown =>
  slots.has(value) ? map(value as Slot) : mapParts(value, (part) => mapSlots(part, slots, map))

function mapParts(value: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, map(part)]))
}
