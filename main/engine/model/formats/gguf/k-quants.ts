import { float16Value } from '../half-floats.ts'

/**
 * GGML's "K" formats: blocks of 256 values in sub-blocks with small-integer scales, which are in turn scaled by one binary16 number per
 * block.
 */

const { fround } = Math

/**
 * Q4_K, 144 bytes: d, dmin (binary16), eight 6-bit scales and eight 6-bit minima in 12 bytes, 256 4-bit numbers.
 * For sub-block s of 32 values: `w = (d scale_s) q - (dmin minimum_s)`.
 */
export function decodeQ4K(blocks: Uint8Array, into: Float32Array): void {
  for (let start = 0, at = 0; start < into.length; start += 256, at += 144) {
    const d = float16Value(blocks[at] | (blocks[at + 1] << 8))
    const dmin = float16Value(blocks[at + 2] | (blocks[at + 3] << 8))
    const packed = blocks.subarray(at + 4, at + 16)
    for (let s = 0; s < 8; s++) {
      const scale = fround(d * packedScale(packed, s))
      const minimum = fround(dmin * packedMinimum(packed, s))
      // Two sub-blocks share 32 bytes: the even one has the low nibbles, the odd one the high nibbles.
      const quants = at + 16 + (s >> 1) * 32
      const shift = (s & 1) * 4
      for (let j = 0; j < 32; j++) {
        into[start + s * 32 + j] = fround(scale * ((blocks[quants + j] >> shift) & 15)) - minimum
      }
    }
  }
}

/**
 * Scales 0-3 are the low six bits of bytes 0-3. Scales 4-7 have their low four bits in bytes 8-11 and their upper two bits above scales
 * 0-3.
 */
const packedScale = (packed: Uint8Array, s: number): number => (s < 4 ? packed[s] & 63 : (packed[s + 4] & 15) | ((packed[s - 4] >> 6) << 4))

/** Packed like the scales, in bytes 4-7 and the upper halves of bytes 8-11. */
const packedMinimum = (packed: Uint8Array, s: number): number =>
  s < 4 ? packed[s + 4] & 63 : (packed[s + 4] >> 4) | ((packed[s] >> 6) << 4)

/**
 * Q6_K, 210 bytes: 128 bytes with the low four bits, 64 with the upper two, 16 signed scales, d (binary16).
 * For sub-block s of 16 values: `w = (d scale_s) (q - 32)`.
 */
export function decodeQ6K(blocks: Uint8Array, into: Float32Array): void {
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.length)
  for (let start = 0, at = 0; start < into.length; start += 256, at += 210) {
    const d = float16Value(blocks[at + 208] | (blocks[at + 209] << 8))
    for (let i = 0; i < 256; i++) {
      // Each half of 128 values has four rows of 32. Rows 0 and 1 are the low nibbles of 64 bytes, rows 2 and 3 the high nibbles. Row r's
      // upper bits are bits 2r
      // and 2r + 1 of the half's 32 bytes.
      const half = i >> 7
      const row = (i >> 5) & 3
      const column = i & 31
      const low = (blocks[at + half * 64 + (row & 1) * 32 + column] >> ((row >> 1) * 4)) & 15
      const high = (blocks[at + 128 + half * 32 + column] >> (row * 2)) & 3
      const scale = fround(d * signed[at + 192 + (i >> 4)])
      into[start + i] = scale * ((low | (high << 4)) - 32)
    }
  }
}
