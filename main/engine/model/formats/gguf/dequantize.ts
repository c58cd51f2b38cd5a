import { decodeBfloat16, decodeFloat16, float16Value } from '../half-floats.ts'
import { decodeQ4K, decodeQ6K } from './k-quants.ts'

/**
 * Supported GGML tensor types. Weights are stored in blocks of `elements` values in `bytes` bytes, and `decode` converts whole blocks to
 * float32. Every
 * step is rounded to float32 as in GGML's reference, so values agree bit for bit.
 */
export interface BlockFormat {
  readonly name: string
  readonly elements: number
  readonly bytes: number
  readonly decode: (blocks: Uint8Array, into: Float32Array) => void
}

const { fround } = Math

/** By GGML type number, as used in GGUF files. */
export const blockFormats: ReadonlyMap<number, BlockFormat> = new Map([
  [0, { name: 'F32', elements: 1, bytes: 4, decode: decodeFloat32 }],
  [1, { name: 'F16', elements: 1, bytes: 2, decode: decodeFloat16 }],
  [2, { name: 'Q4_0', elements: 32, bytes: 18, decode: decodeQ4With(false) }],
  [3, { name: 'Q4_1', elements: 32, bytes: 20, decode: decodeQ4With(true) }],
  [6, { name: 'Q5_0', elements: 32, bytes: 22, decode: decodeQ5With(false) }],
  [7, { name: 'Q5_1', elements: 32, bytes: 24, decode: decodeQ5With(true) }],
  [8, { name: 'Q8_0', elements: 32, bytes: 34, decode: decodeQ8 }],
  [12, { name: 'Q4_K', elements: 256, bytes: 144, decode: decodeQ4K }],
  [14, { name: 'Q6_K', elements: 256, bytes: 210, decode: decodeQ6K }],
  [30, { name: 'BF16', elements: 1, bytes: 2, decode: decodeBfloat16 }],
])

/** A little-endian binary16 scale. */
const scaleAt = (bytes: Uint8Array, at: number): number => float16Value(bytes[at] | (bytes[at + 1] << 8))

function decodeFloat32(bytes: Uint8Array, into: Float32Array): void {
  new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes.subarray(0, into.byteLength))
}

/** Q8_0: scale d, 32 signed bytes q. `w = d q`. */
function decodeQ8(blocks: Uint8Array, into: Float32Array): void {
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.length)
  for (let start = 0, at = 0; start < into.length; start += 32, at += 34) {
    const d = scaleAt(blocks, at)
    for (let j = 0; j < 32; j++) into[start + j] = d * signed[at + 2 + j]
  }
}

/**
 * Q4_0: scale d, 16 bytes of two 4-bit numbers q (low nibbles are values 0-15, high nibbles 16-31). `w = d (q - 8)`.
 * Q4_1 has a minimum m after the scale: `w = d q + m`.
 */
function decodeQ4With(minimum: boolean) {
  return (blocks: Uint8Array, into: Float32Array): void => {
    const header = minimum ? 4 : 2
    const zero = minimum ? 0 : 8
    for (let start = 0, at = 0; start < into.length; start += 32, at += header + 16) {
      const d = scaleAt(blocks, at)
      const m = minimum ? scaleAt(blocks, at + 2) : -0 // x + -0 is x, whatever the sign of zero
      for (let j = 0; j < 16; j++) {
        const pair = blocks[at + header + j]
        into[start + j] = fround(d * ((pair & 15) - zero)) + m
        into[start + 16 + j] = fround(d * ((pair >> 4) - zero)) + m
      }
    }
  }
}

/**
 * Q5_0: scale d, 32 fifth bits, then as in Q4_0. `w = d (q - 16)`.
 * Q5_1 has a minimum m after the scale: `w = d q + m`.
 */
function decodeQ5With(minimum: boolean) {
  return (blocks: Uint8Array, into: Float32Array): void => {
    const header = minimum ? 4 : 2
    const zero = minimum ? 0 : 16
    for (let start = 0, at = 0; start < into.length; start += 32, at += header + 20) {
      const d = scaleAt(blocks, at)
      const m = minimum ? scaleAt(blocks, at + 2) : -0 // x + -0 is x, whatever the sign of zero
      const high = at + header
      for (let j = 0; j < 16; j++) {
        const pair = blocks[high + 4 + j]
        const lowFifth = ((blocks[high + (j >> 3)] >> (j & 7)) & 1) << 4
        const highFifth = ((blocks[high + 2 + (j >> 3)] >> (j & 7)) & 1) << 4
        into[start + j] = fround(d * (((pair & 15) | lowFifth) - zero)) + m
        into[start + 16 + j] = fround(d * (((pair >> 4) | highFifth) - zero)) + m
      }
    }
  }
}
