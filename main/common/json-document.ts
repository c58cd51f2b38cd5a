import { readFileSync, statSync } from 'node:fs'
import type { z } from 'zod'
import { badInput, LaurelError } from '../shared/errors.ts'

/** No handwritten document is larger. */
const largestBytes = 256 << 20

/** Parse JSON as saved by programs and editors, ignoring a byte-order mark (RFC 8259, section 8.1). Throws what JSON.parse throws. */
export const parseDocument = (text: string): unknown => JSON.parse(text.replace(/^\uFEFF/, ''))

/** The text of a file, without a byte-order mark. Throws NOT_FOUND if it doesn't exist, and BAD_INPUT if it can't be read or isn't UTF-8. */
export function readDocumentText(path: string): string {
  const bytes = bytesOf(path)
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw badInput(`${path}: is UTF-16 text`, 'Save it as UTF-8.')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes) // drops a byte-order mark
  } catch {
    throw badInput(`${path}: is not valid UTF-8`, 'Save it as UTF-8.')
  }
}

/** Read a file that is a single JSON document. Errors are one line that names the file; `remedy` describes what it should contain. */
export function readJsonDocument(path: string, remedy: string): unknown {
  const text = readDocumentText(path)
  if (text.trim() === '') throw badInput(`${path}: the file is empty`, remedy)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badInput(`${path}: not JSON (${(error as Error).message.replaceAll(/\s*\n\s*/g, ' ')})`, remedy)
  }
}

function bytesOf(path: string): Uint8Array {
  try {
    const stats = statSync(path)
    if (stats.isDirectory()) throw badInput(`${path}: is a folder`, 'Choose a JSON file.')
    if (stats.isCharacterDevice()) throw badInput(`${path}: is a device, not a file`, 'Choose a JSON file.')
    if (stats.size > largestBytes) throw badInput(`${path}: is larger than 256 MiB`, 'Choose a JSON file.')
    return readFileSync(path)
  } catch (error) {
    if (error instanceof LaurelError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new LaurelError('NOT_FOUND', `${path}: no such file`, 'Check the path.', { cause: error })
    throw badInput(`${path}: couldn't be read (${code})`, 'Check that it is a file and that you have permission to read it.')
  }
}

/** A JSON file that Laurel wrote for itself; undefined if it is missing or damaged, so that it can be written again. */
export function readStored<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}
