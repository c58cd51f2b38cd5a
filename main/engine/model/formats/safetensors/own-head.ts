import type { ModelConfig } from '../../config.ts'
import type { WeightSource } from '../../load-model.ts'

const head = 'lm_head.weight'
const embedding = 'model.embed_tokens.weight'

/**
 * Whether the weights contain a separate output head although the configuration says that embeddings are tied. Merged adapters are saved
 * this way. transformers uses such a head if it differs, so Laurel has to as well.
 */
export function hasOwnHead(config: ModelConfig, weights: WeightSource): boolean {
  if (!config.tiedEmbeddings || !weights.has(head) || !weights.has(embedding)) return false
  if (weights.shape(head).join() !== weights.shape(embedding).join()) return true
  const [own, tied] = [weights.read(head), weights.read(embedding)]
  return own.some((value, i) => !Object.is(value, tied[i]))
}
