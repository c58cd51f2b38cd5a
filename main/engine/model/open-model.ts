import { statSync } from 'node:fs'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { openGgufModel } from './formats/gguf/open-gguf-model.ts'
import { openModelFolder } from './formats/safetensors/open-model-folder.ts'
import type { ModelFiles } from './model-files.ts'

/**
 * Open a model: a Hugging Face folder or a GGUF file. Validates everything except the weights' values, which are read on demand; the caller
 * closes `weights`. Throws NOT_FOUND, BAD_INPUT or UNSUPPORTED naming the file and the problem.
 */
export async function openModel(path: string): Promise<ModelFiles> {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new LaurelError('NOT_FOUND', `${path}: no such file or folder`, 'Choose a Hugging Face folder or a .gguf file.')
  if (stats.isDirectory()) return openModelFolder(path)
  if (path.toLowerCase().endsWith('.gguf')) return openGgufModel(path)
  throw badInput(`${path}: neither a folder nor a .gguf file`, 'Choose a Hugging Face folder or a .gguf file.')
}
