import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
  float16Value,
} from '../../../main/engine/model/formats/half-floats.ts'

const everyPattern = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits)
const asBytes = (bits: Uint16Array) => new Uint8Array(bits.buffer)
const isNotANumber = (bits: number, infinity: number) => (bits & 0x7fff) > infinity

test('well-known binary16 numbers have their values', () => {
  expect([0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00, 0x8000].map(float16Value)).toEqual([
    1,
    -2,
    65504,
    2 ** -14,
    2 ** -24,
    Number.POSITIVE_INFINITY,
    -0,
  ])
})

test('every binary16 number survives the round trip through float32', () => {
  const values = new Float32Array(0x10000)
  decodeFloat16(asBytes(everyPattern), values)
  const back = new Uint16Array(encodeFloat16(values).buffer)
  const changed = everyPattern.filter((bits) => back[bits] !== bits && !(isNotANumber(bits, 0x7c00) && isNotANumber(back[bits], 0x7c00)))
  expect([...changed]).toEqual([])
})

test('every bfloat16 number survives the round trip through float32', () => {
  const values = new Float32Array(0x10000)
  decodeBfloat16(asBytes(everyPattern), values)
  const back = new Uint16Array(encodeBfloat16(values).buffer)
  const changed = everyPattern.filter((bits) => back[bits] !== bits && !(isNotANumber(bits, 0x7f80) && isNotANumber(back[bits], 0x7f80)))
  expect([...changed]).toEqual([])
})

/** The two numbers of a format adjacent to a value, and which is nearer (ties: the one whose last bit is 0). */
function nearest(value: number, decode: (bits: number) => number, infinity: number): number {
  let low = 0
  let high = infinity
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (decode(middle) <= Math.abs(value)) low = middle
    else high = middle
  }
  const below = Math.abs(value) - decode(low)
  const next = high === infinity ? 2 * decode(low) - decode(low - 1) : decode(high) // where the next number would be
  const above = next - Math.abs(value)
  const rounded = below < above || (below === above && low % 2 === 0) ? low : high
  return value < 0 || Object.is(value, -0) ? rounded | 0x8000 : rounded
}

const bfloat16Value = (bits: number) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0]
const floats = fc.float({ noNaN: true, noDefaultInfinity: true })
const halfRange = fc.oneof(
  fc.float({ noNaN: true, min: -70000, max: 70000 }),
  fc.float({ noNaN: true, min: Math.fround(-1e-4), max: Math.fround(1e-4) }),
)

test('float32 becomes the nearest binary16 number, ties to even', () => {
  fc.assert(
    fc.property(halfRange, (value) => {
      expect(new Uint16Array(encodeFloat16(Float32Array.of(value)).buffer)[0]).toBe(nearest(value, float16Value, 0x7c00))
    }),
    { seed: 1, numRuns: 3000 },
  )
})

test('float32 becomes the nearest bfloat16 number, ties to even', () => {
  fc.assert(
    fc.property(floats, (value) => {
      expect(new Uint16Array(encodeBfloat16(Float32Array.of(value)).buffer)[0]).toBe(nearest(value, bfloat16Value, 0x7f80))
    }),
    { seed: 1, numRuns: 3000 },
  )
})
