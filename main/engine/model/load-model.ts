import { statSync } from 'node:fs'
import { badInput, LaurelError } from '../../shared/errors.ts'
import type { Precision } from '../../shared/train-config.ts'
import { checkPrecision } from '../backends/operand.ts'
import type { ModelConfig } from './config.ts'
import { createDecoder, type Decoder, disposeDecoder } from './decoder.ts'
import { openGgufModel } from './formats/gguf/open-gguf-model.ts'
import { isAdapterFolder, openAdapterModel } from './formats/safetensors/open-adapter.ts'
import { openModelFolder } from './formats/safetensors/open-model-folder.ts'
import type { ChatTemplate, Tokenizer } from './tokenizer/tokenizer.ts'
import { loadWeights, parametersOf, type WeightOptions } from './weights.ts'

/**
 * Weights in any file format. Names and shapes are Hugging Face's (`model.layers.0.self_attn.q_proj.weight`, [out, in]); values are
 * float32.
 */
export interface WeightSource {
  readonly names: readonly string[]
  has(name: string): boolean
  shape(name: string): readonly number[]
  /**
   * A tensor's values, row-major. Read from disk and converted on each call, so that there is no second copy. Fills `room` (of the tensor's
   * size) if given.
   */
  read(name: string, room?: Float32Array): Float32Array
  close(): void
}

/** A model's files, without the weights' values. */
export interface ModelFiles {
  readonly path: string
  readonly config: ModelConfig
  /** The configuration as Hugging Face `config.json`, which is written when the model is saved. */
  readonly configJson: Record<string, unknown>
  readonly weights: WeightSource
  readonly tokenizer: Tokenizer | null // rows with token ids work without
  readonly chatTemplate: ChatTemplate | null
  /** Tokenizer files to save next to the weights: name -> content. */
  readonly tokenizerFiles: ReadonlyMap<string, string>
  /** Generation stops at any of these. */
  readonly stopTokens: readonly number[]
}

/**
 * Open a model: a Hugging Face folder, a GGUF file, or a folder with an adapter in PEFT's form, whose model it names. Validates everything except the weights' values, which are read on demand; the caller
 * closes `weights`. Throws NOT_FOUND, BAD_INPUT or UNSUPPORTED naming the file and the problem.
 */
export async function openModel(path: string): Promise<ModelFiles> {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new LaurelError('NOT_FOUND', `${path}: no such file or folder`, 'Choose a Hugging Face folder or a .gguf file.')
  if (stats.isDirectory()) return isAdapterFolder(path) ? openAdapterModel(path, openModel) : openModelFolder(path)
  if (path.toLowerCase().endsWith('.gguf')) return openGgufModel(path)
  throw badInput(`${path}: neither a folder nor a .gguf file`, 'Choose a Hugging Face folder or a .gguf file.')
}

/** A loaded model: its files and its decoder on the current backend. */
export interface LoadedModel {
  readonly files: ModelFiles
  readonly decoder: Decoder
  readonly parameters: number // without adapters
  dispose(): void
}

/** Load a Hugging Face folder or GGUF file. Weights are frozen unless `train` says otherwise. */
export async function loadModel(path: string, precision: Precision, train: WeightOptions['train'] = 'none'): Promise<LoadedModel> {
  checkPrecision(precision)
  const files = await openModel(path)
  try {
    const weights = loadWeights(files.config, files.weights, { precision, train })
    const decoder = createDecoder(files.config, weights, precision)
    const parameters = parametersOf(weights)
      .filter((parameter) => !parameter.name.includes('.lora_'))
      .reduce((sum, parameter) => sum + parameter.size, 0)
    return { files, decoder, parameters, dispose: () => disposeDecoder(decoder) }
  } finally {
    files.weights.close()
  }
}
