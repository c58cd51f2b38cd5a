import * as tf from '@tensorflow/tfjs-core'
import type { Angles } from '../kernels/rope.ts'
import type { ModelConfig, RopeScaling } from './config.ts'

/**
 * Angular frequencies of rotary position embedding (Su et al. 2021): `theta^(-2i/D)`, i = 0 .. D/2-1, then scaled.
 *
 * Llama 3's scaling divides low frequencies (wavelength above originalContext / lowFrequencyFactor) by `factor`, keeps high ones, and
 * blends in between; equal to transformers' `_compute_llama3_parameters`.
 */
export function ropeFrequencies(config: Pick<ModelConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>): Float64Array {
  const frequencies = new Float64Array(config.headDim / 2)
  for (let i = 0; i < frequencies.length; i++) {
    frequencies[i] = scaled(config.ropeTheta ** ((-2 * i) / config.headDim), config.ropeScaling)
  }
  return frequencies
}

function scaled(frequency: number, scaling: RopeScaling): number {
  switch (scaling.type) {
    case 'default':
      return frequency
    case 'linear':
      return frequency / scaling.factor
    case 'llama3': {
      const turns = (scaling.originalContext * frequency) / (2 * Math.PI) // full turns over the original context
      if (turns < scaling.lowFrequencyFactor) return frequency / scaling.factor
      if (turns > scaling.highFrequencyFactor) return frequency
      const blend = (turns - scaling.lowFrequencyFactor) / (scaling.highFrequencyFactor - scaling.lowFrequencyFactor)
      return (1 - blend) * (frequency / scaling.factor) + blend * frequency
    }
  }
}

/** Cosines and sines at the given positions: [N, 1, D/2] each. */
export function anglesAt(frequencies: Float64Array, positions: ArrayLike<number>): Angles {
  const half = frequencies.length
  const cos = new Float32Array(positions.length * half)
  const sin = new Float32Array(positions.length * half)
  for (let n = 0; n < positions.length; n++) {
    for (let i = 0; i < half; i++) {
      const angle = positions[n] * frequencies[i]
      cos[n * half + i] = Math.cos(angle)
      sin[n * half + i] = Math.sin(angle)
    }
  }
  const shape: [number, number, number] = [positions.length, 1, half]
  return { cos: tf.tensor3d(cos, shape), sin: tf.tensor3d(sin, shape) }
}
