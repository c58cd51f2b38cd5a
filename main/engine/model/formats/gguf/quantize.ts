import { encodeBfloat16, encodeFloat16 } from '../half-floats.ts'

/** How GGUF files hold a tensor that Laurel writes: blocks of `elements` values in `bytes` bytes, as in `dequantize.ts`. */
export interface WrittenType {
  readonly id: number // GGML's number
  readonly fileType: number // `general.file_type` of a file whose matrices are of this type
  readonly elements: number
  readonly bytes: number
  /** Whole blocks. */
  encode(values: Float32Array): Uint8Array
}

export const writtenTypes = {
  F32: { id: 0, fileType: 0, elements: 1, bytes: 4, encode: (values) => new Uint8Array(values.slice().buffer) },
  F16: { id: 1, fileType: 1, elements: 1, bytes: 2, encode: encodeFloat16 },
  BF16: { id: 30, fileType: 32, elements: 1, bytes: 2, encode: encodeBfloat16 },
  Q8_0: { id: 8, fileType: 7, elements: 32, bytes: 34, encode: encodeQ8 },
} satisfies Record<string, WrittenType>

const { abs, fround, floor, max } = Math

/** Q8_0: scale d (binary16) and 32 signed bytes q, `d = max |w| / 127`, `q = round(w / d)`, as GGML's reference does it. */
function encodeQ8(values: Float32Array): Uint8Array {
  const blocks = values.length / 32
  const out = new Uint8Array(34 * blocks)
  const quants = new Int8Array(out.buffer)
  const scales = new Float32Array(blocks)
  for (let block = 0; block < blocks; block++) {
    const start = 32 * block
    let most = 0
    for (let i = start; i < start + 32; i++) most = max(most, abs(values[i]))
    const d = fround(most / 127)
    const inverse = d === 0 ? 0 : fround(1 / d)
    scales[block] = d
    for (let j = 0; j < 32; j++) {
      const q = fround(values[start + j] * inverse)
      quants[34 * block + 2 + j] = q < 0 ? -floor(0.5 - q) : floor(q + 0.5) // halves away from zero
    }
  }
  const rounded = encodeFloat16(scales)
  for (let block = 0; block < blocks; block++) {
    out[34 * block] = rounded[2 * block]
    out[34 * block + 1] = rounded[2 * block + 1]
  }
  return out
}
