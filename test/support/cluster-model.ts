import { modelFolderFiles } from '../../main/demo/write-model-files.ts'
import { saveModel } from '../../main/engine/model/formats/safetensors/save-model.ts'
import { randomTensors, tinyConfig, tinyModel } from './tiny-model.ts'

/** Heads of 32, the smallest that vLLM computes on processors. */
const config = { ...tinyConfig, vocab_size: 104, max_position_embeddings: 2048, hidden_size: 64, head_dim: 32, intermediate_size: 96 }

/** A random model with a character tokenizer and a chat template that vLLM and transformers load too. Its weights are small, so that no answer is certain. */
export function saveClusterModel(folder: string): void {
  const tokenizerFiles = new Map([...modelFolderFiles()].filter(([name]) => name.startsWith('tokenizer')))
  const tensors = randomTensors(config).map((tensor) => ({
    ...tensor,
    data: tensor.name.includes('norm') ? tensor.data.fill(1) : tensor.data.map((weight) => 0.3 * weight),
  }))
  saveModel(folder, tinyModel({ configJson: config, tokenizerFiles, tensors }))
}
