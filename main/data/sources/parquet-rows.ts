import { open } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import type { JsonLine } from '../../common/jsonl.ts'
import { badInput } from '../../shared/errors.ts'

/** Snappy is the reader's own. */
const compressors: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
  ZSTD: (bytes) => zstdDecompressSync(bytes),
}

/**
 * The rows of a Parquet file, a row group at a time, numbered from 1. As in a table, a null is a missing field: columns exist in every row.
 * Integers become numbers (texts beyond 2^53) and times ISO 8601 texts. Throws BAD_INPUT if the file is damaged or uses an unsupported
 * compression.
 */
export async function* parquetRows(path: string): AsyncGenerator<JsonLine> {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    const file: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const bytes = new Uint8Array(Math.max(0, end - start))
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
        return bytes.buffer.slice(0, bytesRead)
      },
    }
    const metadata = await attempt(path, () => parquetMetadataAsync(file))
    let rowStart = 0
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows)
      const rows = await attempt(path, () => parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors }))
      for (const [i, row] of rows.entries()) yield { line: rowStart + i + 1, value: plainValue(row) }
      rowStart = rowEnd
    }
  } finally {
    await handle.close()
  }
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw badInput(`${path}: couldn't be read as Parquet (${(error as Error).message})`, 'Write the file again, or save it as JSON Lines.')
  }
}

/** A value as JSON has it, without the nulls of objects. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
  if (Array.isArray(value)) return value.map((entry) => plainValue(entry) ?? null)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  const present = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined)
  return Object.fromEntries(present.map(([name, entry]) => [name, plainValue(entry)]))
}
