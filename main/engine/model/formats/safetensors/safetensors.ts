import type { WeightSource } from '../../load-model.ts'
import { type BinaryFile, openBinaryFile } from '../binary-file.ts'
import { decodeBfloat16, decodeFloat16 } from '../half-floats.ts'
import { elementBytes, readSafetensorsHeader, type TensorEntry } from './safetensors-header.ts'

/**
 * A safetensors file as a weight source: F32, F16 and BF16, read one tensor at a time. Throws NOT_FOUND, BAD_INPUT or UNSUPPORTED naming
 * the file.
 */
export function openSafetensors(path: string): WeightSource {
  const file = openBinaryFile(path)
  try {
    const entries = new Map(readSafetensorsHeader(file).map((entry) => [entry.name, entry]))
    return {
      names: [...entries.keys()],
      has: (name) => entries.has(name),
      shape: (name) => entries.get(name)!.shape,
      read: (name, room) => readTensor(file, entries.get(name)!, room),
      close: file.close,
    }
  } catch (error) {
    file.close()
    throw error
  }
}

/** Elements per conversion chunk, so that a large tensor's raw bytes and values are never both in memory. */
const chunkElements = 1 << 22

function readTensor(
  file: BinaryFile,
  entry: TensorEntry,
  values: Float32Array = new Float32Array(entry.bytes / elementBytes[entry.dtype]),
): Float32Array {
  if (entry.dtype === 'F32') {
    file.read(entry.offset, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) // typed arrays are little-endian on all platforms that Node supports
    return values
  }
  const decode = entry.dtype === 'F16' ? decodeFloat16 : decodeBfloat16
  const raw = new Uint8Array(2 * Math.min(chunkElements, values.length))
  for (let start = 0; start < values.length; start += chunkElements) {
    const chunk = values.subarray(start, start + chunkElements)
    const bytes = raw.subarray(0, 2 * chunk.length)
    file.read(entry.offset + 2 * start, bytes)
    decode(bytes, chunk)
  }
  raw.buffer.transfer(0) // free it now: the garbage collector would keep up to the file's size
  return values
}
