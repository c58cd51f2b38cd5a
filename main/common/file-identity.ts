import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, type Stats, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { badInput } from '../shared/errors.ts'

/**
 * The stats of a path; undefined if nothing is there, including names that are too long or contain NUL, and links that form a loop.
 * Throws BAD_INPUT if access is denied.
 */
export function statOf(path: string): Stats | undefined {
  if (path.includes('\0')) return undefined
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENAMETOOLONG' || code === 'ELOOP') return undefined
    throw badInput(`${path}: couldn't be read (${code})`, 'Check that you have permission to read it.')
  }
}

/**
 * A path that works in every program. In an installed Laurel, Electron reads files from its archive (`app.asar`). Files that other programs or
 * native libraries need (the engine, models, C++ sources) are unpacked next to it, and only Electron itself maps one path to the other.
 */
export const onDisk = (path: string): string => path.replace(`${sep}app.asar${sep}`, `${sep}app.asar.unpacked${sep}`)

/** A text that changes whenever a file of the model does: names, sizes, times, and inodes. '' if nothing can be read. */
export function filesStamp(path: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isDirectory()) return `${stats.size}/${stats.mtimeMs}/${stats.ino}`
    return readdirSync(path)
      .sort()
      .map((name) => {
        const file = statSync(join(path, name), { throwIfNoEntry: false }) // a hub's cache may contain broken links
        return `${name}/${file?.size}/${file?.mtimeMs}/${file?.ino}`
      })
      .join('\n')
  } catch {
    return ''
  }
}

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
