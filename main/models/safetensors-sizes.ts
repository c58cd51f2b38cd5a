import { closeSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { z } from 'zod'
import { openPlainFile } from '../common/read-file.ts'

/** The number of elements of each type in a weight file. */
export interface SafetensorsSizes {
  readonly elements: ReadonlyMap<string, number>
}

const largestHeader = 100_000_000 // the format's own limit
const mostTensors = 100_000

const header = z.record(
  z.string(),
  z.union([
    z.object({ dtype: z.string(), shape: z.array(z.int().min(0)), data_offsets: z.tuple([z.int().min(0), z.int().min(0)]) }),
    z.record(z.string(), z.string()), // __metadata__
  ]),
)

/**
 * Counts a safetensors file's elements from its header. The engine checks every tensor when it opens the model; here it is enough that the
 * header can be read and that the file has the stated length. Throws errors in plain words.
 */
export function safetensorsSizes(path: string): SafetensorsSizes {
  const name = basename(path)
  const { file, size } = openPlainFile(path)
  try {
    const length = size < 8 ? Number.POSITIVE_INFINITY : Number(bytesOf(file, 0, 8).readBigUInt64LE())
    if (length > largestHeader || 8 + length > size) throw new Error(`${name} is damaged or incomplete.`)
    const tensors = Object.entries(parse(bytesOf(file, 8, length), name)).flatMap(([key, tensor]) =>
      key !== '__metadata__' && 'shape' in tensor && Array.isArray(tensor.shape) ? [tensor as Tensor] : [],
    )
    const end = 8 + length + Math.max(0, ...tensors.map(({ data_offsets }) => data_offsets[1]))
    if (end > size)
      throw new Error(`${name} is incomplete: it has ${size.toLocaleString('en-US')} of ${end.toLocaleString('en-US')} bytes.`)
    const elements = new Map<string, number>()
    for (const { dtype, shape } of tensors) {
      elements.set(dtype, (elements.get(dtype) ?? 0) + shape.reduce((product, n) => product * n, 1))
    }
    return { elements }
  } finally {
    closeSync(file)
  }
}

interface Tensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

function bytesOf(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const read = readSync(file, bytes, done, length - done, from + done)
    if (read === 0) break
    done += read
  }
  return bytes
}

function parse(bytes: Buffer, name: string): z.infer<typeof header> {
  const document = parseJson(bytes.toString('utf8'), name)
  if (Object.keys(document).length > mostTensors) throw new Error(`${name} names more tensors than a model can have.`)
  const parsed = header.safeParse(document)
  if (!parsed.success) throw new Error(`${name} is damaged: its header can't be read.`)
  return parsed.data
}

function parseJson(text: string, name: string): object {
  try {
    return Object(JSON.parse(text)) as object
  } catch {
    throw new Error(`${name} is damaged: its header can't be read.`)
  }
}
