import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { statOf } from '../common/file-identity.ts'
import { LaurelError } from '../shared/errors.ts'
import { shardsOf } from './model-facts.ts'

/**
 * Checks that a path can be a model: a Hugging Face folder (config.json and safetensors) or a GGUF file. Returns the path. `named` is where
 * the path was set, for the error: a recipe's key, or an option. Throws NOT_FOUND or BAD_INPUT.
 */
export function locateModel(path: string, named: string): string {
  const how = named.startsWith('--') ? '' : ` (laurel run new ... --set ${named}=PATH)`
  const remedy = `Set a Hugging Face model folder or a GGUF file${how}.`
  const stats = statOf(path)
  if (stats === undefined) throw new LaurelError('NOT_FOUND', `${named}: no model found at ${path}.`, remedy)
  if (!stats.isDirectory() && !stats.isFile())
    throw new LaurelError('BAD_INPUT', `${named}: ${path} is neither a folder nor a file.`, remedy)
  if (stats.isFile() && !/\.gguf$/i.test(path)) throw new LaurelError('BAD_INPUT', `${named}: ${path} isn't a GGUF file.`, remedy)
  if (stats.isDirectory() && !existsSync(join(path, 'config.json'))) {
    throw new LaurelError('BAD_INPUT', `${named}: ${path} isn't a model folder, because config.json is missing.`, remedy)
  }
  const splitPart = /-(\d{5})-of-(\d{5})\.gguf$/i.exec(path)
  if (splitPart !== null && Number(splitPart[2]) > 1) {
    throw new LaurelError('UNSUPPORTED', `${named}: ${path} is one part of a split GGUF.`, 'Join the parts with llama-gguf-split --merge.')
  }
  if (stats.isDirectory()) checkShards(path, named, remedy)
  return path
}

/** Finds incomplete downloads now instead of hours later. */
function checkShards(path: string, named: string, remedy: string): void {
  try {
    shardsOf(path)
  } catch (error) {
    throw new LaurelError('BAD_INPUT', `${named}: ${path}: ${(error as Error).message}`, remedy)
  }
}
