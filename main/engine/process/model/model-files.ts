import type { ModelConfig } from './config.ts'
import type { ChatTemplate, Tokenizer } from './tokenizer.ts'
import type { WeightSource } from './weight-source.ts'

/** All that a model's files hold, weights not yet read. */
export interface ModelFiles {
  readonly path: string
  readonly config: ModelConfig
  /** The configuration as a Hugging Face `config.json` object: what is written when the model is saved. */
  readonly configJson: Record<string, unknown>
  readonly weights: WeightSource
  readonly tokenizer: Tokenizer | null // rows with ids need none
  readonly chatTemplate: ChatTemplate | null
  /** Tokenizer files as they are to be saved beside the weights: name -> content. */
  readonly tokenizerFiles: ReadonlyMap<string, string>
  /** Generation ends at any of these. */
  readonly stopTokens: readonly number[]
}
