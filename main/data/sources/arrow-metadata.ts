import { Type, Version } from '@uwdata/flechette'

/**
 * Checks the metadata of an Arrow file or stream before it is read. The reader believes every length in it: after a message of negative length it
 * reads the same message again, without end, and of a damaged count it builds a list of billions. Throws a plain Error or RangeError.
 *
 * Metadata is FlatBuffers: a table begins with the distance to its vtable, which has the place of each field by slot (Arrow's Message.fbs,
 * Schema.fbs, File.fbs). A place outside the data is refused by DataView.
 */
export function checkArrowMetadata(bytes: Uint8Array): void {
  const data = viewOf(bytes)
  const isFile = magic.every((byte, i) => bytes[i] === byte)
  if (!isFile) {
    for (let at = 0; at !== -1; ) at = checkMessage(data, at)
    return
  }
  const end = bytes.length - magic.length - 4
  const footer = tableAt(data, end - data.getInt32(end, true))
  const schema = placeIn(footer, 6)
  if (schema !== undefined) checkSchema(tableAt(data, schema))
  for (const slot of [8, 10]) {
    for (const block of entriesOf(data, placeIn(footer, slot), 24)) checkMessage(data, lengthAt(data, block))
  }
  entriesOf(data, placeIn(footer, 12), 4)
}

const magic = [...Buffer.from('ARROW1')]

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView => new DataView(buffer, byteOffset, length)

/** Checks a message, and returns where the next one begins; -1: it is the end of the stream. */
function checkMessage(data: DataView, start: number): number {
  const numberAt = (place: number): number => (place + 4 > data.byteLength ? 0 : data.getInt32(place, true))
  const hasMarker = numberAt(start) === -1 // since Arrow 0.15
  const at = start + (hasMarker ? 8 : 4)
  const length = numberAt(at - 4)
  if (length === 0) return -1
  if (length < 0) throw new Error('a message has a negative length')
  if (at + length > data.byteLength) throw new Error('a message is cut off')
  const head = new DataView(data.buffer, data.byteOffset + at, length)
  const message = tableAt(head, 0)
  const place = placeIn(message, 10)
  const bodyBytes = place === undefined ? 0 : lengthAt(head, place)
  const end = at + length + bodyBytes
  if (end > data.byteLength) throw new Error('a message is cut off')
  const header = placeIn(message, 8)
  if (header === undefined) return end
  const [version, kind, content] = [shortIn(message, 4), byteIn(message, 6), tableAt(head, header)]
  if (kind === headers.schema) checkSchema(content)
  if (kind === headers.records) checkRecords(content, version, bodyBytes)
  if (kind === headers.dictionary) {
    const records = placeIn(content, 6)
    if (records !== undefined) checkRecords(tableAt(head, records), version, bodyBytes)
  }
  return end
}

const headers = { schema: 1, dictionary: 2, records: 3 }

/** A table: where it is, where its vtable is, and the vtable's size. */
interface Table {
  readonly data: DataView
  readonly at: number
  readonly vtable: number
  readonly size: number
}

function tableAt(data: DataView, index: number): Table {
  const at = index + data.getInt32(index, true)
  const vtable = at - data.getInt32(at, true)
  return { data, at, vtable, size: data.getInt16(vtable, true) }
}

/** The place of a field; undefined: it has its default. */
function placeIn({ data, at, vtable, size }: Table, slot: number): number | undefined {
  const distance = slot < size ? data.getInt16(vtable + slot, true) : 0
  return distance === 0 ? undefined : at + distance
}

function byteIn(table: Table, slot: number): number {
  const place = placeIn(table, slot)
  return place === undefined ? 0 : table.data.getUint8(place)
}

function shortIn(table: Table, slot: number): number {
  const place = placeIn(table, slot)
  return place === undefined ? 0 : table.data.getInt16(place, true)
}

/** A length, which is 64 bits long. */
function lengthAt(data: DataView, place: number): number {
  const length = Number(data.getBigInt64(place, true))
  if (length < 0 || !Number.isSafeInteger(length)) throw new Error(`${length} isn't a length`)
  return length
}

/** The places of a vector's entries. */
function entriesOf(data: DataView, place: number | undefined, stride: number): number[] {
  if (place === undefined) return []
  const base = place + data.getInt32(place, true)
  const length = data.getInt32(base, true)
  if (length < 0 || base + 4 + length * stride > data.byteLength) throw new Error(`a list of ${length} entries doesn't fit its message`)
  return Array.from({ length }, (_, i) => base + 4 + i * stride)
}

/** Fields of a schema, with those inside of others. Entries may share bytes, so their number isn't limited by the file's size. */
const mostFields = 100_000
/** As in Arrow's own readers. */
const deepest = 64
/** A decimal of 256 bits has 76 digits. */
const mostDigits = 76

function checkSchema(schema: Table): void {
  let fields = 0
  checkFields(schema, 6, 0)
  entriesOf(schema.data, placeIn(schema, 8), 4)

  function checkFields(table: Table, slot: number, depth: number): void {
    const { data } = table
    const places = entriesOf(data, placeIn(table, slot), 4)
    fields += places.length
    if (fields > mostFields || depth > deepest) throw new Error('its schema has too many fields')
    for (const field of places.map((place) => tableAt(data, place))) {
      checkType(field)
      checkFields(field, 14, depth + 1)
      entriesOf(data, placeIn(field, 16), 4)
    }
  }

  function checkType(field: Table): void {
    const place = placeIn(field, 10)
    if (place === undefined) return
    const type = tableAt(field.data, place)
    const kind = byteIn(field, 8)
    if (kind === Type.Decimal) {
      const scale = placeIn(type, 6)
      if (scale !== undefined && Math.abs(type.data.getInt32(scale, true)) > mostDigits) throw new Error('a decimal has too many digits')
    }
    if (kind === Type.Union) entriesOf(type.data, placeIn(type, 6), 4)
  }
}

/** Lengths of columns, and the parts of the body that have their values. */
function checkRecords(records: Table, version: number, bodyBytes: number): void {
  const { data } = records
  for (const node of entriesOf(data, placeIn(records, 6), 16)) lengthAt(data, node)
  const pageId = version < Version.V4 ? 8 : 0 // until version 4, a buffer began with it
  const buffers = entriesOf(data, placeIn(records, 8), 16 + pageId)
  for (const buffer of buffers) {
    const end = lengthAt(data, buffer + pageId) + lengthAt(data, buffer + pageId + 8)
    if (end > bodyBytes) throw new Error('a buffer is outside its message')
  }
  for (const count of entriesOf(data, placeIn(records, 12), 8)) {
    if (lengthAt(data, count) > buffers.length) throw new Error('a column has more buffers than its message')
  }
}
