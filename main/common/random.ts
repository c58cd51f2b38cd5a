import type { RandomGeneratorName } from '../shared/random-generator.ts'

/**
 * Counter-based random numbers: every draw is a pure function of a seed and a place, so there is no generator state to
 * save, and a resumed run draws exactly the numbers that an uninterrupted run would have drawn.
 */
export interface RandomGenerator {
  /** The seed of a place under a parent seed: a non-negative integer below 2^52, which JSON represents exactly. */
  deriveSeed(seed: number, ...places: Place[]): number
  /** Draw number `counter` of a seed: uniform in [0, 1), with 53 random bits. */
  uniform(seed: number, counter: number): number
  /** The integers 0..n-1, shuffled by the seed (Fisher-Yates). */
  permutation(n: number, seed: number): number[]
}

/** A part of a draw's place: a stage ('judge'), an iteration, a key, a step. */
export type Place = string | number

/** Output of the latest block: an array of its own for each would take longer than the block. */
const block = new Uint32Array(4)

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11): 128 random bits for a counter (four words) under a key
 * (two). Passes BigCrush for consecutive counters and for consecutive keys. The result is overwritten by the next call.
 */
export function philox4x32(c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): Uint32Array {
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(0xd2511f53, c0)
    const high2 = mulHigh(0xcd9e8d57, c2)
    const low0 = Math.imul(0xd2511f53, c0)
    const low2 = Math.imul(0xcd9e8d57, c2)
    c0 = high2 ^ c1 ^ k0
    c1 = low2
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  block[0] = c0
  block[1] = c1
  block[2] = c2
  block[3] = c3
  return block
}

/** The upper 32 bits of the 64-bit product of two unsigned words, in doubles that hold every intermediate value exactly. */
const mulHigh = (a: number, b: number): number => ((a * (b >>> 16) + Math.floor((a * (b & 0xffff)) / 0x10000)) / 0x10000) | 0

/** The fourth counter word keeps a seed's draws and its derived seeds apart. */
const use = { draw: 0, number: 1, length: 2, text: 3 } as const

/** Each word of a place is encrypted under the key so far, and gives the next key (as JAX's `fold_in`); the last key is the seed. */
function derivePhilox(seed: number, ...places: Place[]): number {
  let k0 = low(seed)
  let k1 = high(seed)
  const fold = (c0: number, c1: number, c2: number, c3: number): void => {
    const words = philox4x32(c0, c1, c2, c3, k0, k1)
    k0 = words[0]
    k1 = words[1]
  }
  for (const place of places) {
    if (typeof place === 'number') fold(low(place), high(place), 0, use.number)
    else {
      const pair = (i: number): number => place.charCodeAt(i) | (place.charCodeAt(i + 1) << 16) // NaN past the end: 0
      fold(place.length, 0, 0, use.length)
      for (let i = 0; i < place.length; i += 6) fold(pair(i), pair(i + 2), pair(i + 4), use.text)
    }
  }
  return seedOf(k0, k1)
}

function drawPhilox(seed: number, counter: number): number {
  const words = philox4x32(low(counter), high(counter), 0, use.draw, low(seed), high(seed))
  return fractionOf(words[0], words[1])
}

const low = (integer: number): number => integer | 0
const high = (integer: number): number => Math.floor(integer / 0x100000000) | 0
const seedOf = (a: number, b: number): number => (a & 0xfffff) * 0x100000000 + (b >>> 0)
const fractionOf = (a: number, b: number): number => ((a >>> 5) * 0x4000000 + (b >>> 6)) / 0x20000000000000

function permutationBy(uniform: RandomGenerator['uniform']): RandomGenerator['permutation'] {
  return (n, seed) => {
    const order = Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(uniform(seed, i) * (i + 1))
      ;[order[i], order[j]] = [order[j], order[i]]
    }
    return order
  }
}

/** Two 32-bit lanes of MurmurHash3's finalizer (Appleby, public domain). */
function murmur(words: Iterable<number>): [number, number] {
  let a = 0x9e3779b9
  let b = 0x85ebca6b
  for (const word of words) {
    a = Math.imul(a ^ word, 0xcc9e2d51)
    a ^= a >>> 15
    b = Math.imul(b ^ (word + a), 0x1b873593)
    b ^= b >>> 13
    a = (a + Math.imul(b, 5)) | 0
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b)
  b = Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  a ^= b >>> 15
  b ^= Math.imul(a, 0x27d4eb2f) >>> 11
  return [a >>> 0, b >>> 0]
}

function* murmurWords(places: readonly Place[]): Generator<number> {
  for (const place of places) {
    if (typeof place === 'number') {
      yield low(place)
      yield high(place)
    } else {
      for (let i = 0; i < place.length; i++) yield place.charCodeAt(i)
      yield 0x10000 + place.length // keeps ['ab', 'c'] and ['a', 'bc'] apart
    }
  }
}

const drawMurmur = (seed: number, counter: number): number => fractionOf(...murmur([low(seed), high(seed), low(counter)]))

/** Every generator by its name in recipes. None may change: stored runs resume with them. */
export const generators: Readonly<Record<RandomGeneratorName, RandomGenerator>> = {
  philox: {
    deriveSeed: derivePhilox,
    uniform: drawPhilox,
    permutation: permutationBy(drawPhilox),
  },
  murmur: {
    deriveSeed: (seed, ...places) => seedOf(...murmur(murmurWords([seed, ...places]))),
    uniform: drawMurmur,
    permutation: permutationBy(drawMurmur),
  },
}
