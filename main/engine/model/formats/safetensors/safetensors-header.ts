import { z } from 'zod'
import { badInput, LaurelError } from '../../../../shared/errors.ts'
import { type BinaryFile, truncated } from '../binary-file.ts'
import { firstDuplicateKey } from './duplicate-keys.ts'

/** Supported element types of weights, with their sizes in bytes. */
export const elementBytes = { F32: 4, F16: 2, BF16: 2 } as const
export type ElementType = keyof typeof elementBytes

/** A tensor's location in its file. */
export interface TensorEntry {
  readonly name: string
  readonly dtype: ElementType
  readonly shape: readonly number[]
  readonly offset: number // of its first byte in the file
  readonly bytes: number
}

const maxHeaderBytes = 100_000_000 // the format's own limit

const rawEntry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
})

/**
 * Read and validate a safetensors header (8-byte length, JSON, tensor data without gaps). Offsets and sizes are untrusted, so everything
 * that the format guarantees is checked. Throws BAD_INPUT naming the file, and UNSUPPORTED for element types that can't be weights.
 */
export function readSafetensorsHeader(file: BinaryFile): TensorEntry[] {
  const { path } = file
  const broken = (what: string) => badInput(`${path}: not a valid safetensors file: ${what}`, 'Copy or download the file again.')
  const length = headerLength(file)
  const dataStart = 8 + length
  const header = parseHeader(file, length, broken)
  const entries: TensorEntry[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const parsed = rawEntry.safeParse(value)
    if (!parsed.success || name === '__proto__') throw broken(`tensor ${JSON.stringify(name)} has an invalid entry`)
    const { dtype, shape, data_offsets: offsets } = parsed.data
    entries.push({ name, dtype: elementType(path, name, dtype), shape, offset: dataStart + offsets[0], bytes: offsets[1] - offsets[0] })
  }
  checkPlaces(entries, dataStart, file, broken)
  return entries
}

type Broken = (what: string) => LaurelError

function headerLength(file: BinaryFile): number {
  if (file.size < 8) throw truncated(file.path, `${file.size} bytes is too short for a safetensors file`)
  const bytes = new Uint8Array(8)
  file.read(0, bytes)
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
  if (length > maxHeaderBytes)
    throw badInput(`${file.path}: not a safetensors file (header of ${length} bytes)`, 'Choose a safetensors file.')
  if (8 + length > file.size) throw truncated(file.path, `the header needs ${8 + length} bytes, but the file has ${file.size}`)
  return length
}

function parseHeader(file: BinaryFile, length: number, broken: Broken): object {
  const bytes = new Uint8Array(length)
  file.read(8, bytes)
  if (bytes[0] !== 0x7b) throw broken("the header doesn't start with {")
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    header = JSON.parse(text)
  } catch {
    throw broken("the header isn't JSON")
  }
  const twice = firstDuplicateKey(text)
  if (twice !== undefined) throw broken(`the header names ${JSON.stringify(twice)} twice`)
  return header as object // it starts with {
}

function elementType(path: string, name: string, dtype: string): ElementType {
  if (Object.hasOwn(elementBytes, dtype)) return dtype as ElementType
  throw new LaurelError('UNSUPPORTED', `${path}: tensor ${name} is ${dtype}, which is not supported`, 'Use a model in F32, F16 or BF16.')
}

/** Sizes must match shapes, and tensors must be contiguous from the start of the data to the end of the file. */
function checkPlaces(entries: readonly TensorEntry[], dataStart: number, file: BinaryFile, broken: Broken): void {
  let end = dataStart
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
    const needed = entry.shape.reduce((product, n) => product * n, elementBytes[entry.dtype])
    if (!Number.isSafeInteger(needed) || needed !== entry.bytes) {
      throw broken(`tensor ${entry.name} of shape [${entry.shape.join(', ')}] in ${entry.dtype} can't have ${entry.bytes} bytes`)
    }
    if (entry.offset !== end) throw broken(`tensor ${entry.name} ${entry.offset < end ? 'overlaps another' : 'follows a gap'}`)
    end += entry.bytes
  }
  if (end > file.size) throw truncated(file.path, `the tensors need ${end} bytes, but the file has ${file.size}`)
  if (end < file.size) throw broken(`${file.size - end} bytes follow the last tensor`)
}
