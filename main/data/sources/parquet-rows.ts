import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import type { JsonLine } from '../../common/jsonl.ts'
import { badInput } from '../../shared/errors.ts'
import { hadoopLz4, lz4Block } from './lz4.ts'
import { plainValue } from './plain-value.ts'

/** Snappy is the reader's own. */
const compressors: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
  ZSTD: (bytes) => zstdDecompressSync(bytes),
  LZ4: hadoopLz4,
  LZ4_RAW: lz4Block,
}

/**
 * The rows of a Parquet file, a row group at a time, numbered from 1. Throws BAD_INPUT if the file is damaged or uses an unsupported
 * compression.
 */
export async function* parquetRows(path: string): AsyncGenerator<JsonLine> {
  const descriptor = openSync(path, 'r')
  try {
    const file = bufferOf(descriptor)
    const metadata = await attempt(path, () => parquetMetadataAsync(file))
    let rowStart = 0
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows)
      const rows = await attempt(path, () => parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors }))
      for (const [i, row] of rows.entries()) yield { line: rowStart + i + 1, value: plainValue(row) }
      rowStart = rowEnd
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Reads synchronously: the reader doesn't wait for all parts that it requests, and a rejection that nothing waits for ends the process. */
function bufferOf(descriptor: number): AsyncBuffer {
  const { size } = fstatSync(descriptor)
  return {
    byteLength: size,
    slice(start, end = size) {
      if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0) throw new Error('an offset is outside the file')
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start))
      let done = 0
      while (done < bytes.length) {
        const count = readSync(descriptor, bytes, done, bytes.length - done, start + done)
        if (count === 0) throw new Error('the file is truncated')
        done += count
      }
      return bytes.buffer
    },
  }
}

async function attempt<T>(path: string, read: () => Promise<T>): Promise<T> {
  process.on('unhandledRejection', ignoreReaders)
  try {
    return await read()
  } catch (error) {
    await nextTurn() // for rejections of the columns that it had started
    throw badInput(`${path}: couldn't be read as Parquet (${(error as Error).message})`, 'Write the file again, or save it as JSON Lines.')
  } finally {
    process.off('unhandledRejection', ignoreReaders)
  }
}

/** In a damaged file, the reader may leave columns that it had started without waiting for them. Anything else still ends the process. */
function ignoreReaders(reason: unknown): void {
  if (!(reason instanceof Error && reason.stack?.includes('hyparquet'))) throw reason
}
