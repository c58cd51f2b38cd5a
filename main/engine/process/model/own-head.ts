import type { ModelConfig } from './config.ts'
import type { WeightSource } from './weight-source.ts'

const head = 'lm_head.weight'
const embedding = 'model.embed_tokens.weight'

/**
 * Whether weights hold an output head of their own beside a configuration that says it is the embedding. Merged adapters are saved so; transformers
 * keeps the head where it differs, and so must whoever wants the model that was trained.
 */
export function hasOwnHead(config: ModelConfig, weights: WeightSource): boolean {
  if (!config.tiedEmbeddings || !weights.has(head) || !weights.has(embedding)) return false
  if (weights.shape(head).join() !== weights.shape(embedding).join()) return true
  const [own, tied] = [weights.read(head), weights.read(embedding)]
  return own.some((value, i) => !Object.is(value, tied[i]))
}
