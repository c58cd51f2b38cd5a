import { createReadStream, createWriteStream, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { writeFolderSlowly } from '../common/write-folder.ts'

/** A model folder to copy, with text files to add (replacing any of the same name). */
interface FolderExport {
  readonly from: string
  readonly to: string
  readonly texts: ReadonlyMap<string, string>
  readonly onProgress: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/**
 * Copies a model folder to a new place, completely or not at all. Links into a hub cache are copied as regular files. Throws as `writeFolderSlowly` does; never replaces existing files.
 */
export async function exportFolder({ from, to, texts, onProgress, signal }: FolderExport): Promise<void> {
  const files = readdirSync(from)
    .filter((name) => !texts.has(name) && statSync(join(from, name)).isFile())
    .sort()
  const total = files.reduce((sum, name) => sum + statSync(join(from, name)).size, 0)
  let done = 0
  onProgress(done, total)
  await writeFolderSlowly(to, {
    bytes: total,
    mayReplace: () => false,
    async fill(temporary) {
      for (const name of files) {
        const counted = new Transform({
          transform(chunk: Buffer, _encoding, next) {
            done += chunk.length
            onProgress(done, total)
            next(null, chunk)
          },
        })
        await pipeline(createReadStream(join(from, name)), counted, createWriteStream(join(temporary, name)), { signal })
      }
      for (const [name, text] of texts) writeFileSync(join(temporary, name), text)
    },
  })
}
