import type { WeightSource } from './load-model.ts'

/** Weights that are in no file: their shapes by name, and what gives their values. */
export const generatedWeights = (
  shapes: ReadonlyMap<string, readonly number[]>,
  read: (name: string, room?: Float32Array) => Float32Array,
): WeightSource => ({
  names: [...shapes.keys()],
  has: (name) => shapes.has(name),
  shape: (name) => shapes.get(name)!,
  read,
  close: () => {},
})
