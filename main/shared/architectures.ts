/**
 * Supported decoders: Hugging Face's `model_type` and the name that users see. What a decoder computes, and how its files differ, is in
 * `main/engine/model/architectures`, which doesn't compile without an entry for each of these.
 */
export const architectureNames = { llama: 'Llama', mistral: 'Mistral', qwen2: 'Qwen2', qwen3: 'Qwen3', gemma3_text: 'Gemma 3' } as const
export type ArchitectureId = keyof typeof architectureNames

/** Activation of a gated feed-forward network, by Hugging Face's `hidden_act`. */
export type Activation = 'silu' | 'gelu_pytorch_tanh'

export const isArchitecture = (id: string): id is ArchitectureId => Object.hasOwn(architectureNames, id)

const list = (type: Intl.ListFormatType) => new Intl.ListFormat('en-US', { type }).format(Object.values(architectureNames))

/** 'Laurel runs Llama, Mistral, ...' */
export const supportedModels = `Laurel runs ${list('conjunction')}.`
/** Remedy for a model that isn't one of them. */
export const useSupportedModel = `Use a ${list('disjunction')} model.`
