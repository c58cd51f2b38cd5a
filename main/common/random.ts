/**
 * Counter-based random numbers: every draw is a pure function of a seed and a place, so there is no generator state to
 * save, and a resumed run draws exactly the numbers that an uninterrupted run would have drawn.
 */

/** A part of a draw's place: a stage ('judge'), an iteration, a key, a step. */
export type Place = string | number

/** Two 32-bit lanes of MurmurHash3's finalizer (Appleby, public domain): good enough for sampling, not for cryptography. */
function mix(words: Iterable<number>): [number, number] {
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

function* wordsOf(places: readonly Place[]): Generator<number> {
  for (const place of places) {
    if (typeof place === 'number') {
      yield place | 0
      yield Math.floor(place / 0x100000000) | 0
    } else {
      for (let i = 0; i < place.length; i++) yield place.charCodeAt(i)
      yield 0x10000 + place.length // keeps ['ab', 'c'] and ['a', 'bc'] apart
    }
  }
}

/** The seed of a place under a parent seed: a non-negative integer below 2^52, which JSON represents exactly. */
export function deriveSeed(seed: number, ...places: Place[]): number {
  const [a, b] = mix(wordsOf([seed, ...places]))
  return (a & 0xfffff) * 0x100000000 + b
}

/** Draw number `counter` of a seed: uniform in [0, 1), with 53 random bits. */
export function uniform(seed: number, counter: number): number {
  const [a, b] = mix([seed | 0, Math.floor(seed / 0x100000000) | 0, counter | 0])
  return ((a >>> 5) * 0x4000000 + (b >>> 6)) / 0x20000000000000
}

/** The integers 0..n-1, shuffled by the seed (Fisher-Yates). */
export function permutation(n: number, seed: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform(seed, i) * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
