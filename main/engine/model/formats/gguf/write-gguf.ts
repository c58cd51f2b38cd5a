import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { LaurelError } from '../../../../shared/errors.ts'
import { progressed } from '../../../backends/pulse.ts'
import type { WrittenType } from './quantize.ts'

/** A value of a GGUF file's metadata. Whole numbers are written as uint32 (in lists int32), others as float32. */
export type GgufValue = string | number | boolean | { readonly float: number } | readonly string[] | Int32Array | Float32Array

export interface GgufTensorToWrite {
  readonly name: string
  readonly shape: readonly number[] // row-major
  readonly type: WrittenType
  /** Read when the tensor is written, so that only one is in memory. */
  values(): Float32Array
}

const alignment = 32
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

/** A tensor's size in the file, in bytes. */
export const ggufBytes = ({ shape, type }: Pick<GgufTensorToWrite, 'shape' | 'type'>): number =>
  (shape.reduce((product, n) => product * n, 1) / type.elements) * type.bytes

/** Values converted at a time: a multiple of every block's size. */
const pieceElements = 1 << 20

/**
 * Writes a GGUF file of version 3, a piece per step of the iteration, each of which returns the bytes written. Flushed to disk at the end. The
 * same metadata and tensors give the same bytes. Throws NUMERIC for values that the tensor's type can't hold.
 */
export function* writeGguf(
  path: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensorToWrite[],
): Generator<number> {
  const file = openSync(path, 'w')
  try {
    const header = headerOf(metadata, tensors)
    writeAll(file, header)
    yield header.length
    for (const tensor of tensors) {
      const values = tensor.values()
      for (let start = 0; start < values.length; start += pieceElements) {
        const bytes = tensor.type.encode(checked(values.subarray(start, start + pieceElements), tensor))
        writeAll(file, bytes)
        progressed()
        yield bytes.length
      }
      writeAll(file, new Uint8Array(aligned(ggufBytes(tensor)) - ggufBytes(tensor)))
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const largestHalf = 65_504

/** Values that became infinite would make the model return nothing but NaN. */
function checked(values: Float32Array, { name, type }: GgufTensorToWrite): Float32Array {
  const most = type.id === 1 ? largestHalf : type.id === 8 ? largestHalf * 127 : Number.MAX_VALUE
  if (values.every((value) => Math.abs(value) <= most)) return values
  throw new LaurelError('NUMERIC', `Tensor ${name} has values that this precision can't hold.`, 'Export in BF16 or F32.')
}

function headerOf(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensorToWrite[]): Buffer {
  const parts = [Buffer.from('GGUF'), uint32(3), uint64(tensors.length), uint64(metadata.size)]
  for (const [key, value] of metadata) parts.push(text(key), typed(value))
  let offset = 0
  for (const tensor of tensors) {
    const { name, shape, type } = tensor
    parts.push(text(name), uint32(shape.length), ...shape.toReversed().map(uint64), uint32(type.id), uint64(offset))
    offset += aligned(ggufBytes(tensor))
  }
  const header = Buffer.concat(parts)
  return Buffer.concat([header, Buffer.alloc(aligned(header.length) - header.length)])
}

/** GGUF's numbers of value types. */
const [uintType, intType, floatType, booleanType, textType, listType] = [4, 5, 6, 7, 8, 9]

function typed(value: GgufValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([uint32(textType), text(value)])
  if (typeof value === 'boolean') return Buffer.concat([uint32(booleanType), Buffer.from([Number(value)])])
  if (typeof value === 'number') return Buffer.concat([uint32(uintType), uint32(value)])
  if ('float' in value) return Buffer.concat([uint32(floatType), bytesOf(Float32Array.of(value.float))])
  const type = value instanceof Int32Array ? intType : value instanceof Float32Array ? floatType : textType
  const items = value instanceof Int32Array || value instanceof Float32Array ? [bytesOf(value)] : value.map(text)
  return Buffer.concat([uint32(listType), uint32(type), uint64(value.length), ...items])
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array | Float32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
}
