import { describe, expect, test } from 'vitest'
import { generators } from '../../../main/common/random.ts'
import { blockFormats } from '../../../main/engine/model/formats/gguf/dequantize.ts'
import { encodeFloat16, float16Value } from '../../../main/engine/model/formats/half-floats.ts'

const { uniform } = generators.murmur

/** Blocks are packed here from known numbers, as GGML's quantizers pack them. Decoding must return `scale * number`. */

const { fround } = Math
const float16 = (value: number) => [...encodeFloat16(Float32Array.of(value))]
const rounded = (value: number) => float16Value(float16(value)[0] | (float16(value)[1] << 8))
const integers = (seed: number, count: number, below: number) =>
  Array.from({ length: count }, (_, i) => Math.floor(uniform(seed, i) * below))

function decode(name: string, bytes: readonly number[]): number[] {
  const format = [...blockFormats.values()].find((known) => known.name === name)!
  expect(bytes.length % format.bytes).toBe(0)
  const into = new Float32Array((bytes.length / format.bytes) * format.elements)
  format.decode(Uint8Array.from(bytes), into)
  return [...into]
}

/** Two 4-bit numbers per byte: the first half of the values in the low nibbles, the second in the high ones. */
const nibbles = (q: readonly number[]) => Array.from({ length: q.length / 2 }, (_, j) => (q[j] & 15) | ((q[j + q.length / 2] & 15) << 4))

/** One bit each, the first value in the lowest bit of the first byte. */
const bitmap = (bits: readonly number[]) =>
  Array.from({ length: bits.length / 8 }, (_, byte) => bits.slice(byte * 8, byte * 8 + 8).reduce((sum, bit, i) => sum | (bit << i), 0))

describe.each([1, 2, 3])('a block of numbers drawn from seed %i', (seed) => {
  const d = rounded(uniform(seed, 900) * 0.1 - 0.02)
  const m = rounded(uniform(seed, 901) * 2 - 1)

  test('Q8_0 is d q', () => {
    const q = integers(seed, 32, 256).map((n) => n - 128)
    expect(decode('Q8_0', [...float16(d), ...q.map((n) => n & 255)])).toEqual(q.map((n) => fround(d * n)))
  })

  test('Q4_0 is d (q - 8)', () => {
    const q = integers(seed, 32, 16)
    expect(decode('Q4_0', [...float16(d), ...nibbles(q)])).toEqual(q.map((n) => fround(d * (n - 8))))
  })

  test('Q4_1 is d q + m', () => {
    const q = integers(seed, 32, 16)
    expect(decode('Q4_1', [...float16(d), ...float16(m), ...nibbles(q)])).toEqual(q.map((n) => fround(fround(d * n) + m)))
  })

  test('Q5_0 is d (q - 16)', () => {
    const q = integers(seed, 32, 32)
    expect(decode('Q5_0', [...float16(d), ...bitmap(q.map((n) => n >> 4)), ...nibbles(q)])).toEqual(q.map((n) => fround(d * (n - 16))))
  })

  test('Q5_1 is d q + m', () => {
    const q = integers(seed, 32, 32)
    const bytes = [...float16(d), ...float16(m), ...bitmap(q.map((n) => n >> 4)), ...nibbles(q)]
    expect(decode('Q5_1', bytes)).toEqual(q.map((n) => fround(fround(d * n) + m)))
  })

  test('Q4_K is d scale q - dmin minimum in each of eight sub-blocks', () => {
    const q = integers(seed, 256, 16)
    const scales = integers(seed + 10, 8, 64)
    const minima = integers(seed + 20, 8, 64)
    const packed = new Array<number>(12).fill(0)
    for (let s = 0; s < 8; s++) {
      if (s < 4) {
        packed[s] |= scales[s]
        packed[s + 4] |= minima[s]
      } else {
        packed[s + 4] = (scales[s] & 15) | ((minima[s] & 15) << 4)
        packed[s - 4] |= (scales[s] >> 4) << 6
        packed[s] |= (minima[s] >> 4) << 6
      }
    }
    const quants = [0, 64, 128, 192].flatMap((start) => nibbles(q.slice(start, start + 64)))
    const expected = q.map((n, i) => fround(fround(fround(d * scales[i >> 5]) * n) - fround(m * minima[i >> 5])))
    expect(decode('Q4_K', [...float16(d), ...float16(m), ...packed, ...quants])).toEqual(expected)
  })

  test('Q6_K is d scale (q - 32) in each of sixteen sub-blocks', () => {
    const q = integers(seed, 256, 64)
    const scales = integers(seed + 10, 16, 256).map((n) => n - 128)
    const low = [0, 128].flatMap((half) => nibbles(q.slice(half, half + 128)))
    const high = [0, 128].flatMap((half) =>
      Array.from({ length: 32 }, (_, l) => [0, 1, 2, 3].reduce((byte, row) => byte | ((q[half + row * 32 + l] >> 4) << (2 * row)), 0)),
    )
    const expected = q.map((n, i) => fround(fround(d * scales[i >> 4]) * (n - 32)))
    expect(decode('Q6_K', [...low, ...high, ...scales.map((n) => n & 255), ...float16(d)])).toEqual(expected)
  })
})

test('decodes several consecutive blocks', () => {
  const block = (d: number) => [...float16(d), ...new Array<number>(32).fill(3)]
  expect(decode('Q8_0', [...block(1), ...block(-2)])).toEqual([...new Array<number>(32).fill(3), ...new Array<number>(32).fill(-6)])
})

test('unquantized formats are read unchanged', () => {
  const numbers = Float32Array.of(1.5, -2, 1e-3)
  expect(decode('F32', [...new Uint8Array(numbers.buffer)])).toEqual([...numbers])
  expect(decode('F16', [0x00, 0x3e, 0x00, 0xc0])).toEqual([1.5, -2])
  expect(decode('BF16', [0xc0, 0x3f, 0x00, 0xc0])).toEqual([1.5, -2])
})
