import type { Precision } from '../../shared/train-config.ts'
import { checkPrecision } from '../backends/operand.ts'
import { createDecoder, type Decoder, disposeDecoder } from './decoder.ts'
import type { ModelFiles } from './model-files.ts'
import { openModel } from './open-model.ts'
import { loadWeights, parametersOf, type WeightOptions } from './weights.ts'

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
