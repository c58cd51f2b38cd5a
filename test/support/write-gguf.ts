import { writeFileSync } from 'node:fs'

/** Metadata values; their type follows from the value (integers are uint32, other numbers float32, lists by their first item). */
export type GgufValue = string | number | boolean | readonly string[] | readonly number[]

export interface GgufTensorToWrite {
  readonly name: string
  /** GGUF's order: the row length first. */
  readonly shape: readonly number[]
  readonly type: number
  readonly bytes: Uint8Array
}

/** The bytes of a GGUF file, written according to the format's specification and independently of the reader. */
export function ggufBytes(metadata: Record<string, GgufValue>, tensors: readonly GgufTensorToWrite[]): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(metadata).length)]
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), ...typed(value))
  let offset = 0
  for (const { name, shape, type, bytes } of tensors) {
    parts.push(text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset))
    offset += padded(bytes.length)
  }
  const header = Buffer.concat(parts)
  const data = tensors.map(({ bytes }) => Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]))
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length), ...data])
}

export const writeGguf = (path: string, ...content: Parameters<typeof ggufBytes>): void => writeFileSync(path, ggufBytes(...content))

/** A float32 tensor. */
export const floatTensor = (name: string, shape: readonly number[], values: Float32Array): GgufTensorToWrite => ({
  name,
  shape,
  type: 0,
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
})

const padded = (n: number) => Math.ceil(n / 32) * 32

function typed(value: GgufValue): Buffer[] {
  if (!Array.isArray(value)) return [u32(typeOf(value as string | number | boolean)), plain(value as string | number | boolean)]
  const type = value.every((item) => Number.isInteger(item)) ? 5 : typeOf(value[0])
  const items = value.map((item: string | number) => (type === 5 ? i32(item as number) : plain(item, type)))
  return [u32(9), u32(type), u64(value.length), ...items]
}

function typeOf(value: string | number | boolean): number {
  if (typeof value === 'string') return 8
  if (typeof value === 'boolean') return 7
  return Number.isInteger(value) ? 4 : 6
}

function plain(value: string | number | boolean, type = typeOf(value)): Buffer {
  if (type === 8) return text(value as string)
  if (type === 7) return Buffer.from([value ? 1 : 0])
  return type === 4 ? u32(value as number) : f32(value as number)
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
