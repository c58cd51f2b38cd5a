import { describe, expect, it } from 'vitest'
import { generators, philox4x32 } from '../../main/common/random.ts'
import { randomGenerator } from '../../main/shared/random-generator.ts'

/** The chi-squared statistic of draws in `bins` equal bins, as a number of standard deviations from what is expected of uniform draws. */
function deviationOf(draws: readonly number[], bins = 64): number {
  const counts = new Array<number>(bins).fill(0)
  for (const draw of draws) counts[Math.floor(draw * bins)]++
  const expected = draws.length / bins
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  return (statistic - (bins - 1)) / Math.sqrt(2 * (bins - 1))
}

/** Pearson's correlation of each draw with the next, times sqrt(n): a standard normal deviate for independent draws. */
function serialDeviationOf(draws: readonly number[]): number {
  const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
  let covariance = 0
  let variance = 0
  for (let i = 1; i < draws.length; i++) {
    covariance += (draws[i - 1] - mean) * (draws[i] - mean)
    variance += (draws[i] - mean) ** 2
  }
  return (covariance / variance) * Math.sqrt(draws.length)
}

const count = 20_000
const indices = Array.from({ length: count }, (_, i) => i)
const bitsOf = (draw: number): bigint => BigInt(draw * 2 ** 53)
const ones = (bits: bigint): number => bits.toString(2).replaceAll('0', '').length

/** "ffffffff 0" as numbers. */
const words = (text: string): number[] => text.split(' ').map((word) => Number.parseInt(word, 16))

describe('Philox4x32-10', () => {
  // Random123 (DEShawResearch/random123), tests/kat_vectors, `philox4x32 10`
  it.each([
    ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('gives the known answer for counter %s', (counter, key, answer) => {
    const [c0, c1, c2, c3] = words(counter)
    const [k0, k1] = words(key)
    expect([...philox4x32(c0, c1, c2, c3, k0, k1)]).toEqual(words(answer))
  })
})

describe('random numbers are the same in every version: stored runs resume with them', () => {
  const draws = (name: keyof typeof generators) => [0, 1, 2].map((counter) => generators[name].uniform(42, counter))

  it('of philox', () => {
    const { deriveSeed, permutation, uniform } = generators.philox
    const [a, b] = philox4x32(1, 0, 0, 0, 42, 0)
    expect(uniform(42, 1)).toBe(((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53)
    expect(draws('philox')).toEqual([0.6129598801477738, 0.9877186516453577, 0.825866830783453])
    expect(deriveSeed(7, 'candidates', 1, 'prompt 3')).toBe(1855709938634025)
    expect(permutation(10, 5)).toEqual([8, 0, 4, 2, 7, 9, 6, 5, 1, 3])
  })

  it('of murmur', () => {
    const { deriveSeed, permutation } = generators.murmur
    expect(draws('murmur')).toEqual([0.33082643027441216, 0.6767929170579786, 0.881514251041224])
    expect(deriveSeed(7, 'candidates', 1, 'prompt 3')).toBe(2030099535619322)
    expect(permutation(10, 5)).toEqual([1, 9, 2, 6, 7, 3, 8, 4, 5, 0])
  })
})

describe.each(randomGenerator.options)('random numbers of %s', (name) => {
  const { deriveSeed, permutation, uniform } = generators[name]

  const streams: [string, (i: number) => number][] = [
    ['along the counter of one seed', (i) => uniform(1, i)],
    ['along the counter of a derived seed', (i) => uniform(deriveSeed(0, 'judge', 2), i)],
    ['at the first step of consecutive seeds', (i) => uniform(i, 0)],
    ['at the first step of the seeds of consecutive rows', (i) => uniform(deriveSeed(3, 'candidates', i), 0)],
    ['at consecutive steps of seeds that differ', (i) => uniform(deriveSeed(3, 'candidates', i), i)],
  ]
  it.each(streams)('are uniform and uncorrelated %s', (_, draw) => {
    const draws = indices.map(draw)
    expect(Math.abs(deviationOf(draws))).toBeLessThan(4)
    expect(Math.abs(serialDeviationOf(draws))).toBeLessThan(4)
    const fine = draws.map((value) => (value * 2 ** 20) % 1) // the bits behind the first twenty
    expect(Math.abs(deviationOf(fine))).toBeLessThan(4)
  })

  it.each([
    ['counter', (i: number, bit: number) => [uniform(9, i), uniform(9, i ^ (1 << bit))]],
    ['seed', (i: number, bit: number) => [uniform(i, 5), uniform(i ^ (1 << bit), 5)]],
  ])('change in half of their bits when one bit of the %s does', (_, pairOf) => {
    for (let bit = 0; bit < 16; bit++) {
      let flipped = 0
      for (let i = 0; i < 500; i++) {
        const [a, b] = pairOf(i, bit)
        flipped += ones(bitsOf(a) ^ bitsOf(b))
      }
      expect(flipped / 500, `bit ${bit}`).toBeGreaterThan(24)
      expect(flipped / 500, `bit ${bit}`).toBeLessThan(29) // of 53
    }
  })

  it('tell places apart whose texts join to the same', () => {
    expect(deriveSeed(0, 'ab', 'c')).not.toBe(deriveSeed(0, 'a', 'bc'))
    expect(deriveSeed(0, 1, 23)).not.toBe(deriveSeed(0, 12, 3))
  })

  it('collide no more often than chance among a hundred thousand rows', () => {
    const seeds = new Set(Array.from({ length: 100_000 }, (_, i) => deriveSeed(1, 'candidates', i % 1000, Math.floor(i / 1000))))
    expect(seeds.size).toBe(100_000) // 2^52 seeds: one collision in a million such sets
  })

  it('permute: every index occurs once, in every place equally often', () => {
    const places = new Array<number>(8).fill(0)
    for (let seed = 0; seed < 4000; seed++) {
      const order = permutation(8, deriveSeed(seed, 'order'))
      expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      places[order.indexOf(0)]++
    }
    for (const place of places) expect(Math.abs(place - 500)).toBeLessThan(4 * Math.sqrt(500 * (7 / 8)))
  })
})
