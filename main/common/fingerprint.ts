import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * SHA-256 over a model's files (a folder's files in order of name, or the single GGUF file): equal for equal models, wherever they are stored.
 * Files are streamed, since weights may be larger than memory.
 */
export async function modelFingerprint(path: string): Promise<string> {
  const hash = createHash('sha256')
  const isFolder = statSync(path).isDirectory()
  const files = isFolder ? filesIn(path) : ['']
  for (const file of files) {
    if (isFolder) hash.update(`${file}\0${statSync(join(path, file)).size}\0`)
    for await (const chunk of createReadStream(join(path, file))) hash.update(chunk as Uint8Array)
  }
  return hash.digest('hex')
}

/** The plain files of a folder, including links to files (a hub's cache uses them). */
const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
