import { readFileSync, statSync } from 'node:fs'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type Batch, Column, CompressionType, setCompressionCodec, type Table, tableFromIPC } from '@uwdata/flechette'
import type { JsonLine } from '../../common/jsonl.ts'
import { badInput } from '../../shared/errors.ts'
import { checkArrowMetadata } from './arrow-metadata.ts'
import { lz4Frame } from './lz4.ts'
import { plainValue } from './plain-value.ts'

/** The datasets library's files have 500 MB at most. */
const largestBytes = 2 ** 31 - 1

setCompressionCodec(CompressionType.ZSTD, { encode: (bytes) => zstdCompressSync(bytes), decode: (bytes) => zstdDecompressSync(bytes) })
setCompressionCodec(CompressionType.LZ4_FRAME, { encode: unused, decode: lz4Frame })

function unused(): never {
  throw new Error('Laurel writes no Arrow files')
}

/** The reader lists a dictionary's values before it gives the table away, and so before anything else could check their number. */
const { cache } = Column.prototype
Column.prototype.cache = function (this: Column<unknown>) {
  for (const batch of this.data) check(batch)
  return cache.call(this)
}

/**
 * The rows of an Arrow file (a stream, as the datasets library saves it, or a file with an index, which is Feather 2), numbered from 1.
 * Values are those of a Parquet file. Throws BAD_INPUT if the file is damaged or too large.
 */
export function* arrowRows(path: string): Generator<JsonLine> {
  const { size } = statSync(path)
  if (size > largestBytes) throw badInput(`${path} is an Arrow file of more than 2 GiB`, 'Save it in several files, or as Parquet.')
  const bytes = readFileSync(path)
  const table = attempt(path, () => {
    checkArrowMetadata(bytes)
    return checked(tableFromIPC(bytes, { useBigInt: true, useDate: true }))
  })
  for (let i = 0; i < table.numRows; i++) yield { line: i + 1, value: attempt(path, () => plainValue(table.get(i))) }
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw badInput(`${path}: couldn't be read as Arrow (${(error as Error).message})`, 'Write the file again, or save it as JSON Lines.')
  }
}

/** The table, if its lengths are those of its data: the reader believes a damaged one, and would build rows without end. */
function checked(table: Table): Table {
  const columns = table.children.map(({ data }) => data as readonly Batch<unknown>[])
  for (const batch of columns.flat()) check(batch)
  const lengths = columns.map((batches) => batches.reduce((sum, { length }) => sum + length, 0))
  if (lengths.some((length) => length !== lengths[0])) throw new Error('its columns have different lengths')
  if (columns.every((batches) => batches.every(isWithoutData)) && lengths[0] > 0) throw new Error('its columns have no data')
  return table
}

/** Nulls take no room, and neither do structures of them. */
const isWithoutData = ({ values, offsets, children = [] }: Batch<unknown>): boolean =>
  values === undefined && offsets === undefined && children.every(isWithoutData)

/** Nulls, of which nothing else says how many there are. */
const mostNulls = 2 ** 24

function check(batch: Batch<unknown>): void {
  const { type, length, offsets, sizes, values, children = [] } = batch
  for (const child of children) check(child)
  if (!Number.isSafeInteger(length)) throw new Error('a column has no length')
  const room = Math.min(...children.map((child) => child.length), values?.length ?? Infinity)
  if (isWithoutData(batch) && length > mostNulls) throw new Error(`${length} nulls`)
  if (children.length > 0 && 'stride' in type && (type.stride < 0 || length * type.stride > room))
    throw new Error(`${length} lists of ${type.stride} values, but ${room} values`)
  if (offsets === undefined) {
    if (length > 8 * room) throw new Error(`${length} values, but data for ${8 * room}`) // a boolean is a bit
    return
  }
  if (length > 0 && length > offsets.length - (sizes ? 0 : 1)) throw new Error(`${length} values, but ${offsets.length} offsets`)
  for (let i = 0; i < length; i++) {
    const start = Number(offsets[i])
    const end = sizes ? start + Number(sizes[i]) : Number(offsets[i + 1])
    if (start < 0 || end < start || end > room) throw new Error(`an offset is outside the data`)
  }
}
