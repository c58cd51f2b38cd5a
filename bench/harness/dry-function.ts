import type { Attributes } from './dry-operations.ts'

/**
 * A reader of TensorFlow's FunctionDef (tensorflow/core/framework/function.proto), as far as recorded functions need it. It is independent of
 * the engine's writer, and so a check of it.
 */
export interface DryFunction {
  readonly name: string
  readonly inputs: readonly string[]
  readonly nodes: readonly DryNode[]
  /** Values that are returned, by their ports. */
  readonly outputs: readonly string[]
}

export interface DryNode {
  readonly name: string
  readonly op: string
  /** Ports, without what only sets the order. */
  readonly inputs: readonly string[]
  /** Nodes that must run before. */
  readonly after: readonly string[]
  readonly attributes: Attributes
  readonly constant: { readonly dtype: number; readonly shape: readonly number[]; readonly values?: Int32Array } | null
}

export function readFunction(bytes: Uint8Array): DryFunction {
  const fields = fieldsOf(bytes)
  const signature = fieldsOf(only(fields, 1))
  const returned = new Map(messages(fields, 4).map((entry) => [text(only(entry, 1)), text(only(entry, 2))]))
  return {
    name: text(only(signature, 1)),
    inputs: messages(signature, 2).map((argument) => text(only(argument, 1))),
    nodes: messages(fields, 3).map(readNode),
    outputs: messages(signature, 3).map((argument) => returned.get(text(only(argument, 1)))!),
  }
}

/** Names of a node's outputs. */
export function portsOf({ name, op, attributes }: DryNode): string[] {
  if (op === 'TopKV2') return [`${name}:values:0`, `${name}:indices:0`]
  const count = attributes.get('num_split') ?? attributes.get('num')
  if (typeof count === 'number') return Array.from({ length: count }, (_, i) => `${name}:output:${i}`)
  return [`${name}:${outputNames.get(op) ?? 'output'}:0`]
}

/** Outputs that aren't called `output` (tensorflow/core/ops). */
const outputNames = new Map([
  ...['Add', 'Sub', 'Mul', 'RealDiv', 'Minimum', 'Equal', 'NotEqual', 'Greater', 'GreaterEqual'].map((op) => [op, 'z'] as const),
  ...['Square', 'Sqrt', 'Rsqrt', 'Exp', 'Log', 'Neg', 'Sigmoid', 'Cast', 'Transpose', 'ZerosLike'].map((op) => [op, 'y'] as const),
  ...([
    ['InplaceUpdate', 'y'],
    ['MatMul', 'product'],
    ['Softmax', 'softmax'],
    ['Softplus', 'activations'],
  ] as const),
])

function readNode(node: Fields): DryNode {
  const ports = all(node, 3).map(text)
  const attributes = new Map(messages(node, 5).map((entry) => [text(only(entry, 1)), fieldsOf(only(entry, 2))]))
  const value = attributes.get('value')
  return {
    name: text(only(node, 1)),
    op: text(only(node, 2)),
    inputs: ports.filter((port) => !port.startsWith('^')),
    after: ports.filter((port) => port.startsWith('^')).map((port) => port.slice(1)),
    attributes: new Map([...attributes].filter(([name]) => name !== 'value').map(([name, fields]) => [name, readAttribute(fields)])),
    constant: value ? readTensor(fieldsOf(only(value, 8))) : null,
  }
}

/** AttrValue: list 1, s 2, i 3, f 4, b 5, type 6, shape 7. */
function readAttribute(fields: Fields): unknown {
  const [[number, [value]]] = fields
  if (number === 5) return value === 1
  if (number === 2) return text(value as Uint8Array)
  if (number === 7) return readShape(value as Uint8Array)
  if (number === 1) return [...packed(only(fieldsOf(value as Uint8Array), 3))]
  return number === 4 ? new DataView((value as Uint8Array).slice().buffer).getFloat32(0, true) : value
}

function readTensor(tensor: Fields): DryNode['constant'] {
  const dtype = one(tensor, 1)
  const content = only(tensor, 4).slice()
  const shape = readShape(only(tensor, 2))
  return dtype === 3 ? { dtype, shape, values: new Int32Array(content.buffer) } : { dtype, shape }
}

const readShape = (bytes: Uint8Array): number[] => messages(fieldsOf(bytes), 2).map((dim) => one(dim, 1))

/** Values by field number: numbers, or bytes. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (number | Uint8Array)[]>()
  const reader = new Reader(bytes)
  while (!reader.isDone) {
    const tag = reader.varint()
    const values = fields.get(tag >> 3) ?? []
    fields.set(tag >> 3, values)
    if ((tag & 7) === 0) values.push(reader.varint())
    else if ((tag & 7) === 5) values.push(reader.bytes(4))
    else values.push(reader.bytes(reader.varint()))
  }
  return fields
}

const all = (fields: Fields, number: number): Uint8Array[] => (fields.get(number) ?? []) as Uint8Array[]
const only = (fields: Fields, number: number): Uint8Array => all(fields, number)[0] ?? new Uint8Array()
const one = (fields: Fields, number: number): number => (fields.get(number)?.[0] ?? 0) as number
const messages = (fields: Fields, number: number): Fields[] => all(fields, number).map(fieldsOf)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function* packed(bytes: Uint8Array): Generator<number> {
  const reader = new Reader(bytes)
  while (!reader.isDone) yield reader.varint()
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): number {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, value))
    }
  }

  bytes(count: number): Uint8Array {
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }
}
