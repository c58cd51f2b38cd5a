/** 16-bit floating point as little-endian bytes. Reading is exact; writing rounds to nearest, ties to even, like torch. */

/** Values of all 65,536 IEEE binary16 bit patterns: a lookup is faster than decoding. */
let float16Values: Float32Array | undefined

/** IEEE binary16 (F16) to float32. `bytes.length = 2 * into.length`. */
export function decodeFloat16(bytes: Uint8Array, into: Float32Array): void {
  const values = float16Table()
  for (let i = 0; i < into.length; i++) into[i] = values[bytes[2 * i] | (bytes[2 * i + 1] << 8)]
}

/** Value of a binary16 bit pattern. */
export const float16Value = (bits: number): number => float16Table()[bits]

/** bfloat16 to float32: bfloat16 is the upper half of the bits. */
export function decodeBfloat16(bytes: Uint8Array, into: Float32Array): void {
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length)
  for (let i = 0; i < bits.length; i++) bits[i] = (bytes[2 * i] << 16) | (bytes[2 * i + 1] << 24)
}

/** float32 to bfloat16 bytes. NaN stays NaN. */
export function encodeBfloat16(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const out = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]
    const notANumber = (word & 0x7fffffff) > 0x7f800000
    out[i] = notANumber ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
  return new Uint8Array(out.buffer)
}

/** float32 to IEEE binary16 bytes. Values beyond 65504 (after rounding) become infinity. */
export function encodeFloat16(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const out = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) out[i] = float16Bits(bits[i])
  return new Uint8Array(out.buffer)
}

/** binary16 bits from float32 bits. */
function float16Bits(word: number): number {
  const sign = (word >>> 16) & 0x8000
  const exponent = (word >>> 23) & 0xff
  const fraction = word & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200 | (fraction >>> 13))
  if (exponent < 102) return sign // less than half the smallest subnormal
  if (exponent < 113) {
    // Subnormal: prepend the implicit one to the fraction and shift right.
    return sign | roundShift(fraction | 0x800000, 126 - exponent)
  }
  // A carry from the fraction into the exponent rounds up correctly; beyond the largest value it gives infinity.
  return sign | Math.min(roundShift(((exponent - 112) << 23) | fraction, 13), 0x7c00)
}

/** value / 2^shift, rounded to the nearest integer, ties to even. */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift
  const rest = value & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept
}

function float16Table(): Float32Array {
  float16Values ??= Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >>> 10) & 0x1f
    const fraction = bits & 0x3ff
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  })
  return float16Values
}
