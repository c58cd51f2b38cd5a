import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '../common/errors.ts'
import { statOf } from '../common/stat-of.ts'
import { shardsOf } from './folder-facts.ts'

/**
 * Make sure that a path can be a model: a Hugging Face folder (config.json beside safetensors) or a GGUF file. Gives the path back.
 * `named` says where it was named, for the error. Throws NOT_FOUND or BAD_INPUT.
 */
export function locateModel(path: string, named: string): string {
  const remedy = `Give a Hugging Face folder or a GGUF file (laurel run new ... --set ${named}=PATH).`
  const stats = statOf(path)
  if (stats === undefined) throw new LaurelError('NOT_FOUND', `${named}: there is no model at ${path}.`, remedy)
  if (!stats.isDirectory() && !stats.isFile())
    throw new LaurelError('BAD_INPUT', `${named}: ${path} is neither a folder nor a file.`, remedy)
  if (stats.isFile() && !/\.gguf$/i.test(path)) throw new LaurelError('BAD_INPUT', `${named}: ${path} is not a GGUF file.`, remedy)
  if (stats.isDirectory() && !existsSync(join(path, 'config.json'))) {
    throw new LaurelError('BAD_INPUT', `${named}: the folder ${path} holds no config.json, so it is no model.`, remedy)
  }
  const splitPart = /-(\d{5})-of-(\d{5})\.gguf$/i.exec(path)
  if (splitPart !== null && Number(splitPart[2]) > 1) {
    throw new LaurelError('UNSUPPORTED', `${named}: ${path} is one part of a split GGUF.`, 'Join the parts with llama-gguf-split --merge.')
  }
  if (stats.isDirectory()) checkShards(path, named, remedy)
  return path
}

/** A download that broke off is better found now than hours later. */
function checkShards(path: string, named: string, remedy: string): void {
  try {
    shardsOf(path)
  } catch (error) {
    throw new LaurelError('BAD_INPUT', `${named}: ${path}: ${(error as Error).message}`, remedy)
  }
}
