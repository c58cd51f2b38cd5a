import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { badInput, LaurelError, storageError } from '../../shared/errors.ts'

/**
 * Reads a compressed file through a temporary copy, which takes disk space instead of memory. Errors name the file, not the copy. Throws
 * BAD_INPUT if the compressed data is damaged or truncated, DISK_FULL, DISK_FAILED.
 */
export async function readUnpacked<T>(path: string, kind: 'gzip' | 'zstd', read: (copy: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'laurel-unpacked-'))
  // the copy keeps the inner extension, which tells a table from JSON
  const copy = join(folder, basename(path).replace(/\.(gz|gzip|zst|zstd)$/i, '') || 'file')
  try {
    await unpack(path, kind, copy)
    return await read(copy)
  } catch (error) {
    if (!(error instanceof LaurelError)) throw error
    throw new LaurelError(error.code, error.message.replaceAll(copy, path), error.remedy, { cause: error })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function unpack(path: string, kind: 'gzip' | 'zstd', copy: string): Promise<void> {
  try {
    const target = createWriteStream(copy)
    if (kind === 'gzip') await pipeline(createReadStream(path), createGunzip(), target)
    else await pipeline(zstdContent(path), target)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!/^(Z_|ZSTD_|ERR_)/.test(code)) throw storageError(error, copy)
    throw badInput(`${path}: its ${kind} compression is damaged or truncated (${message})`, 'Get the file again.')
  }
}

/** Node's decompressor ends after the first frame, silently; parallel compressors and concatenated files have many. */
async function* zstdContent(path: string): AsyncGenerator<Uint8Array> {
  const { size } = await stat(path)
  for (let start = 0; start < size; ) {
    const source = createReadStream(path, { start })
    const frame = createZstdDecompress()
    source.on('error', (error) => frame.destroy(error))
    source.pipe(frame)
    try {
      for await (const chunk of frame) yield chunk as Uint8Array
    } finally {
      source.destroy()
    }
    start += frame.bytesWritten // what it has read of the file
  }
}
