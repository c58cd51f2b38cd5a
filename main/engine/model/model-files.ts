import type { ModelConfig } from './config.ts'
import type { ChatTemplate, Tokenizer } from './tokenizer/tokenizer.ts'
import type { WeightSource } from './weight-source.ts'

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
