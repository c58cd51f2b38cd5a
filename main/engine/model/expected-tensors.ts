import { useSupportedModel } from '../../shared/architectures.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import type { ModelConfig } from './config.ts'
import type { WeightSource } from './load-model.ts'

/** All tensors of a model with this configuration: Hugging Face's name -> shape ([out, in] for matrices). */
export function expectedTensors(config: ModelConfig): Map<string, readonly number[]> {
  const { hidden: C, intermediate: F, vocabulary: V, headDim: D } = config
  const queries = config.heads * D
  const keys = config.keyValueHeads * D
  const tensors = new Map<string, readonly number[]>([['model.embed_tokens.weight', [V, C]]])
  for (let layer = 0; layer < config.layers; layer++) {
    const add = (name: string, ...shape: number[]) => tensors.set(`model.layers.${layer}.${name}`, shape)
    add('input_layernorm.weight', C)
    for (const [name, rows] of [
      ['q_proj', queries],
      ['k_proj', keys],
      ['v_proj', keys],
    ] as const) {
      add(`self_attn.${name}.weight`, rows, C)
      if (config.attentionBias) add(`self_attn.${name}.bias`, rows)
    }
    if (config.queryKeyNorm) {
      add('self_attn.q_norm.weight', D)
      add('self_attn.k_norm.weight', D)
    }
    add('self_attn.o_proj.weight', C, queries)
    add('post_attention_layernorm.weight', C)
    if (config.branchNorms) {
      add('pre_feedforward_layernorm.weight', C)
      add('post_feedforward_layernorm.weight', C)
    }
    add('mlp.gate_proj.weight', F, C)
    add('mlp.up_proj.weight', F, C)
    add('mlp.down_proj.weight', C, F)
  }
  tensors.set('model.norm.weight', [C])
  if (!config.tiedEmbeddings) tensors.set('lm_head.weight', [V, C])
  return tensors
}

/** By Hugging Face's name: a norm's weight. */
export const isNorm = (name: string): boolean => /norm\.weight$/.test(name)

/**
 * Check that the weights match the configuration, before reading any. Throws BAD_INPUT for a missing tensor or a wrong shape, and
 * UNSUPPORTED for a tensor that the decoder would ignore (and so compute something else).
 */
export function checkTensors(config: ModelConfig, weights: WeightSource, where: string): void {
  const expected = expectedTensors(config)
  for (const [name, shape] of expected) {
    if (!weights.has(name)) throw badInput(`${where}: tensor ${name} is missing`, 'Use a complete copy of the model.')
    const found = weights.shape(name)
    if (found.join() !== shape.join()) {
      throw badInput(
        `${where}: tensor ${name} is [${found.join(', ')}], but the configuration requires [${shape.join(', ')}]`,
        'Use the config.json that belongs to the weights.',
      )
    }
  }
  const ignorable = /\.rotary_emb\.inv_freq$/ // a constant that old versions of transformers stored
  const stranger = weights.names.find((name) => name.startsWith('model.layers.') && !expected.has(name) && !ignorable.test(name))
  if (stranger !== undefined) {
    throw new LaurelError('UNSUPPORTED', `${where}: tensor ${stranger} doesn't belong to a ${config.architecture} model`, useSupportedModel)
  }
}
