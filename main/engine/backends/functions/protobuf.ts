/**
 * Protocol buffers' wire format (protobuf.dev/programming-guides/encoding), as far as a FunctionDef needs it. Fields are byte arrays that
 * are concatenated.
 */
export type Bytes = Uint8Array

/** A message of the given fields. */
export function message(...fields: readonly Bytes[]): Bytes {
  const bytes = new Uint8Array(fields.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const field of fields) {
    bytes.set(field, at)
    at += field.length
  }
  return bytes
}

/** A field that holds a message or raw bytes. */
export const bytesField = (field: number, value: Bytes): Bytes => message(varint(8 * field + 2), varint(value.length), value)

export const textField = (field: number, value: string): Bytes => bytesField(field, encoder.encode(value))

/** int32, int64, bool, or an enumeration. */
export const intField = (field: number, value: number): Bytes => message(varint(8 * field), varint(value))

/** Repeated integers, packed. */
export const intsField = (field: number, values: readonly number[]): Bytes => bytesField(field, message(...values.map(varint)))

export function floatField(field: number, value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return message(varint(8 * field + 5), bytes)
}

/** Entry of a map from text. */
export const entryField = (field: number, key: string, value: (field: number) => Bytes): Bytes =>
  bytesField(field, message(textField(1, key), value(2)))

const encoder = new TextEncoder()

/** Base 128, lowest digits first; negative numbers as 64-bit two's complement. */
function varint(value: number): Bytes {
  const digits: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    const digit = Number(rest & 0x7fn)
    rest >>= 7n
    digits.push(rest > 0n ? digit | 0x80 : digit)
  } while (rest > 0n)
  return Uint8Array.from(digits)
}
