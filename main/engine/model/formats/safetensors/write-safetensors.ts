import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { LaurelError } from '../../../../shared/errors.ts'
import { progressed } from '../../../backends/pulse.ts'
import { encodeBfloat16, encodeFloat16 } from '../half-floats.ts'
import { type ElementType, elementBytes } from './safetensors-header.ts'

/**
 * A tensor to write: its values, or an iterable of chunks, each consumed before the next is requested. `data` may be a getter: it is read
 * once, when the tensor is written, so that only one is in memory.
 */
export interface TensorToWrite {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: ElementType
  readonly data: Float32Array | Iterable<Float32Array>
}

/** A tensor's size in the file, in bytes. */
export const bytesOf = (tensor: TensorToWrite): number => tensor.shape.reduce((product, n) => product * n, elementBytes[tensor.dtype])

/**
 * Write one safetensors file and flush it to disk. The same tensors in the same order give the same bytes: the header contains only names,
 * types, shapes and offsets. Throws INTERNAL if data and shape disagree.
 */
export function writeSafetensors(path: string, tensors: Iterable<TensorToWrite>, metadata?: Record<string, string>): void {
  for (const _ of writtenSafetensors(path, tensors, metadata));
}

/** The same, a tensor per step of the iteration, each of which returns the bytes written. */
export function* writtenSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Record<string, string> = { format: 'pt' },
): Generator<number> {
  const list = [...tensors]
  const file = openSync(path, 'w')
  try {
    writeAll(file, headerOf(list, metadata))
    for (const tensor of list) {
      writeTensor(file, tensor)
      yield bytesOf(tensor)
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Length and JSON, padded with spaces to align the data to 8 bytes. */
function headerOf(tensors: readonly TensorToWrite[], metadata: Record<string, string>): Uint8Array {
  const entries: [string, object][] = [['__metadata__', metadata]]
  const names = new Set<string>()
  let end = 0
  for (const tensor of tensors) {
    if (names.has(tensor.name)) throw defect(`tensor ${tensor.name} is written twice`)
    names.add(tensor.name)
    const start = end
    end += bytesOf(tensor)
    entries.push([tensor.name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [start, end] }])
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const length = Math.ceil(json.length / 8) * 8
  const header = Buffer.alloc(8 + length, ' ')
  header.writeBigUInt64LE(BigInt(length), 0)
  json.copy(header, 8)
  return header
}

function writeTensor(file: number, tensor: TensorToWrite): void {
  const { data, dtype } = tensor
  const pieces = data instanceof Float32Array ? [data] : data
  let values = 0
  for (const piece of pieces) {
    values += piece.length
    if (values * elementBytes[dtype] > bytesOf(tensor)) break
    writeAll(file, encode(piece, dtype))
    progressed()
  }
  if (values * elementBytes[dtype] !== bytesOf(tensor)) {
    throw defect(`tensor ${tensor.name} of shape [${tensor.shape.join(', ')}] has ${values} values`)
  }
}

function encode(values: Float32Array, dtype: ElementType): Uint8Array {
  if (dtype === 'F16') return encodeFloat16(values)
  if (dtype === 'BF16') return encodeBfloat16(values)
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30))
}

const defect = (what: string) => new LaurelError('INTERNAL', what, 'This is a bug in Laurel. Please report it.')
