import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../../main/engine/model/config.ts'
import { expectedTensors } from '../../main/engine/model/expected-tensors.ts'
import { saveModel } from '../../main/engine/model/formats/safetensors/save-model.ts'

/** Untrained models of real sizes: memory doesn't depend on the weights' values. */
const models = {
  '2M': configOf({ vocab_size: 4096, hidden_size: 192, intermediate_size: 512, num_hidden_layers: 4, num_attention_heads: 6 }, 2),
  '135M': configOf({ vocab_size: 49_152, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9 }, 3),
  '360M': configOf({ vocab_size: 49_152, hidden_size: 960, intermediate_size: 2560, num_hidden_layers: 32, num_attention_heads: 15 }, 5),
}
export type ModelSize = keyof typeof models
export const modelSizes = Object.keys(models) as ModelSize[]

/** The model as described by the engine. */
export const shapeOf = (size: ModelSize) => parseConfig(models[size], size)

function configOf(sizes: Record<string, number>, num_key_value_heads: number) {
  return { model_type: 'llama', ...sizes, num_key_value_heads, max_position_embeddings: 2048, tie_word_embeddings: true, eos_token_id: 0 }
}

const folders = new Map<ModelSize, string>()

/** The model's folder, created on first use and removed when the process ends. */
export function folderOf(size: ModelSize): string {
  const known = folders.get(size)
  if (known !== undefined) return known
  if (folders.size === 0) process.on('exit', removeFolders)
  const folder = join(mkdtempSync(join(tmpdir(), 'laurel-bench-')), size)
  folders.set(size, folder)
  const tensors = [...expectedTensors(shapeOf(size))].map(([name, shape]) => ({ name, shape, data: waves(shape) }))
  saveModel(folder, { configJson: models[size], tokenizerFiles: new Map(), tensors, dtype: 'BF16' })
  return folder
}

/** Matrices of small, distinct numbers; vectors of ones. */
function waves(shape: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((product, n) => product * n, 1))
  if (shape.length === 1) return values.fill(1)
  for (let i = 0; i < values.length; i++) values[i] = 0.05 * Math.sin(i * (1 + (i % 97)))
  return values
}

function removeFolders(): void {
  for (const folder of folders.values()) rmSync(join(folder, '..'), { recursive: true, force: true })
}
