import { readFileSync, statSync } from 'node:fs'
import { badInput, LaurelError } from '../../../common/errors.ts'

/** Far above any real tokenizer.json (tens of MB), far below what would exhaust memory. */
const maxBytes = 200_000_000

/** The text of a file that belongs to a model, capped in size. Throws NOT_FOUND or BAD_INPUT naming it. */
export function readTextFile(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats?.isFile()) throw new LaurelError('NOT_FOUND', `${path}: no such file`, 'Use a complete copy of the model.')
  if (stats.size > maxBytes)
    throw badInput(`${path}: ${stats.size} bytes are too many for such a file`, 'Use the file that came with the model.')
  return readFileSync(path, 'utf8')
}

/** A JSON file that belongs to a model. Throws NOT_FOUND or BAD_INPUT naming it. */
export function readJsonFile(path: string): unknown {
  const text = readTextFile(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badInput(`${path}: not valid JSON: ${(error as Error).message}`, 'Copy or download the file again.')
  }
}
