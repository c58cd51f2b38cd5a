import { z } from 'zod'
import { badInput } from '../../main/shared/errors.ts'

const count = z.int().positive()
const seconds = z.number().positive()

/** The sizes of all work, which Laurel's parts and the peers' read alike. Keys as in `config.json` for the model. */
export const gpuSizes = z.strictObject({
  name: z.string(),
  model: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  /** Rows of the left factor, and [terms, columns] of the right one. */
  products: z.strictObject({ rows: z.array(count), factors: z.array(z.tuple([count, count])) }),
  kernels: z.strictObject({
    ...{ tokens: count, hidden: count, intermediate: count, heads: count, keyValueHeads: count, headDim: count },
    ...{ vocabulary: count, rows: count, sequences: count },
  }),
  /** A pair's tokens, and the numbers of pairs (or examples) in a step. */
  training: z.strictObject({ pairs: z.array(count), prompt: count, chosen: count, rejected: count }),
  decoding: z.strictObject({ sequences: z.array(count), prompt: count, tokens: count }),
  timing: z.strictObject({
    /** A kernel is measured in so many rounds of at least so many seconds. */
    rounds: count,
    kernelSeconds: seconds,
    /** A step is repeated for so many seconds, but at least and at most so many times. */
    stepSeconds: seconds,
    fewest: count,
    most: count,
    /** Some drivers end a device whose dispatch takes too long, so longer ones are left out. */
    dispatchSeconds: seconds,
  }),
})
export type GpuSizes = z.infer<typeof gpuSizes>

const llama = { model_type: 'llama', hidden_act: 'silu', rms_norm_eps: 1e-5, max_position_embeddings: 8192, tie_word_embeddings: true }

export const sizesByName: Readonly<Record<string, GpuSizes>> = {
  /** SmolLM2-135M, and products as wide as those of an 8B model. */
  standard: {
    name: 'standard',
    model: {
      ...{ ...llama, vocab_size: 49_152, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30 },
      ...{ num_attention_heads: 9, num_key_value_heads: 3, rope_theta: 100_000 },
    },
    products: {
      rows: [64, 256, 1024, 4096],
      factors: [
        [576, 576],
        [576, 3072],
        [1536, 576],
        [3072, 3072],
        [4096, 4096],
        [4096, 14_336],
        [14_336, 4096],
      ], // prettier
    },
    kernels: {
      ...{ tokens: 4096, hidden: 576, intermediate: 1536, heads: 9, keyValueHeads: 3, headDim: 64 },
      ...{ vocabulary: 49_152, rows: 512, sequences: 64 },
    },
    training: { pairs: [1, 4, 16], prompt: 99, chosen: 273, rejected: 270 },
    decoding: { sequences: [1, 64, 256], prompt: 128, tokens: 40 },
    timing: { rounds: 5, kernelSeconds: 0.05, stepSeconds: 3, fewest: 3, most: 20, dispatchSeconds: 0.05 },
  },
  /** For a software adapter: everything runs, and no number means anything. */
  tiny: {
    name: 'tiny',
    model: {
      ...{ ...llama, vocab_size: 96, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1 },
      ...{ num_attention_heads: 2, num_key_value_heads: 1, rope_theta: 10_000 },
    },
    products: { rows: [16], factors: [[16, 24]] },
    kernels: {
      ...{ tokens: 16, hidden: 16, intermediate: 24, heads: 2, keyValueHeads: 1, headDim: 8 },
      ...{ vocabulary: 96, rows: 4, sequences: 4 },
    },
    training: { pairs: [2], prompt: 4, chosen: 5, rejected: 6 },
    decoding: { sequences: [4], prompt: 6, tokens: 3 },
    timing: { rounds: 1, kernelSeconds: 1e-6, stepSeconds: 1e-6, fewest: 1, most: 1, dispatchSeconds: 3600 },
  },
}

export function sizesOf(name: string): GpuSizes {
  const sizes = Object.hasOwn(sizesByName, name) ? sizesByName[name] : undefined
  if (sizes) return sizes
  throw badInput(`--sizes ${name}: no such sizes`, `Use one of ${Object.keys(sizesByName).join(', ')}.`)
}
