import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { generators, type Place } from '../../common/random.ts'
import type { RandomGeneratorName } from '../../shared/random-generator.ts'
import { constant } from '../backends/constant.ts'
import { FLOAT, handleOf, INT32, isNative, run, typeAttribute, wrap } from '../backends/raw-ops.ts'
import { tidy } from '../backends/tidy.ts'

/** Dropout of one forward and backward pass. The same place gives the same mask in both, so no mask is stored. */
export interface Dropout {
  readonly rate: number
  readonly seed: number
  readonly random: RandomGeneratorName
  /** Seeds that are inputs of recorded work, [2] int32 each, by `placeName`. Other places' seeds are made where they are used. */
  readonly placed?: ReadonlyMap<string, Tensor>
}

export const placeName = (place: readonly Place[]): string => place.join(' ')

/**
 * Inverted dropout (Srivastava et al. 2014): zeroes each value with probability `rate` and scales the others by 1 / (1 - rate). The mask is
 * a pure function of seed and place (and differs between backends).
 */
export function applyDropout(x: Tensor, dropout: Dropout | null, ...place: Place[]): Tensor {
  if (!dropout || dropout.rate === 0) return x.clone()
  return tidy(() => {
    const noise = uniformTensor(x.shape, dropout, place)
    return tf.where(tf.greaterEqual(noise, constant(dropout.rate)), tf.mul(x, constant(1 / (1 - dropout.rate))), tf.zerosLike(x))
  })
}

/** The seeds of several places, [P, 2] int32. */
export function seedsOf(dropout: Dropout, places: readonly (readonly Place[])[]): Tensor {
  const seeds = places.flatMap((place) => wordsOf(seedAt(dropout, place)))
  return tf.tensor2d(seeds, [places.length, 2], 'int32')
}

const seedAt = ({ random, seed }: Dropout, place: readonly Place[]): number => generators[random].deriveSeed(seed, ...place)

const wordsOf = (seed: number): [low: number, high: number] => [seed | 0, Math.floor(seed / 0x100000000)]

function uniformTensor(shape: number[], dropout: Dropout, place: readonly Place[]): Tensor {
  if (!isNative()) return tf.randomUniform(shape, 0, 1, 'float32', seedAt(dropout, place) % 0x7fffffff)
  const shapeTensor = tf.tensor1d(shape, 'int32')
  const seedTensor = dropout.placed?.get(placeName(place)) ?? tf.tensor1d(wordsOf(seedAt(dropout, place)), 'int32')
  return wrap(
    run(
      'StatelessRandomUniform',
      [typeAttribute('dtype', FLOAT), typeAttribute('T', INT32), typeAttribute('Tseed', INT32)],
      [handleOf(shapeTensor), handleOf(seedTensor)],
    ),
  )
}
