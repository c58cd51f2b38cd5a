import { existsSync } from 'node:fs'
import { readPlainText } from '../../../common/read-file.ts'
import { badInput, LaurelError } from '../../../shared/errors.ts'

/** Far above any real tokenizer.json (tens of MB), far below available memory. */
const maxBytes = 128 << 20

/** Read a model's text file, up to the size limit. Throws NOT_FOUND or BAD_INPUT naming it. */
export function readTextFile(path: string): string {
  if (!existsSync(path)) throw new LaurelError('NOT_FOUND', `${path}: no such file`, 'Use a complete copy of the model.')
  return readPlainText(path, maxBytes)
}

/** Read a model's JSON file. Throws NOT_FOUND or BAD_INPUT naming it. */
export function readJsonFile(path: string): unknown {
  const text = readTextFile(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badInput(`${path}: not valid JSON: ${(error as Error).message}`, 'Copy or download the file again.')
  }
}
