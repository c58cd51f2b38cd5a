import { z } from 'zod'
import { limits } from './limits.ts'
import { defaultDiscopopTau, lossTypes } from './loss-settings.ts'
import { randomGenerator } from './random-generator.ts'

/** Supervised fine-tuning, preference training, or a judge's training on pairs of judge prompts. */
export const trainTask = z.enum(['sft', 'dpo', 'reward'])
export type TrainTask = z.infer<typeof trainTask>

/** Precision of matrix multiplications. Master weights, losses and optimizer state are always float32. */
export const precision = z.enum(['float32', 'bfloat16'])
export type Precision = z.infer<typeof precision>

/** A requested precision. `auto`: bfloat16 if a benchmark on this machine shows it is faster, float32 otherwise. */
export const precisionWish = z.enum(['auto', ...precision.options])
export type PrecisionWish = z.infer<typeof precisionWish>

/** Resolve a requested precision, given the engine's. */
export const precisionOf = (wish: PrecisionWish | null, engines: Precision): Precision =>
  wish === null || wish === 'auto' ? engines : wish

/** Low-rank adaptation (Hu et al. 2021): `y = x W^T + (alpha / rank) * (x A^T) B^T`. Only A and B are trained. */
export const loraConfig = z.strictObject({
  rank: z.int().min(1).max(limits.rank).default(16),
  alpha: z.number().positive().max(limits.factor).default(32),
  dropout: z.number().min(0).max(0.9).default(0),
  /** Adapted projections, by their Hugging Face names. */
  targets: z
    .array(z.enum(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']))
    .min(1)
    .default(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']),
})
export type LoraConfig = z.infer<typeof loraConfig>

const lossType = z.enum(lossTypes)

/** All hyperparameters of a training. Defaults are the paper's where it gives one (SFT and DPO differ: see the recipes). */
export const trainConfig = z.strictObject({
  learning_rate: z.number().min(0).max(limits.learningRate).default(1e-6),
  batch_size: z.int().min(1).max(limits.batch).default(16),
  /** Batches per optimizer step, as in TRL: a step sees batch_size * gradient_accumulation examples. */
  gradient_accumulation: z.int().min(1).max(limits.batch).default(1),
  epochs: z.number().positive().max(limits.epochs).default(1),
  lr_scheduler: z.enum(['constant', 'linear', 'cosine']).default('cosine'),
  min_learning_rate: z.number().min(0).max(limits.learningRate).default(0),
  warmup_steps: z.int().min(0).max(limits.rows).default(0),
  weight_decay: z.number().min(0).max(limits.factor).default(0),
  max_grad_norm: z.number().positive().max(limits.factor).nullable().default(1),
  adam_beta1: z.number().min(0).max(0.9999).default(0.9),
  adam_beta2: z.number().min(0).max(0.99999).default(0.999),
  adam_epsilon: z.number().positive().max(limits.factor).default(1e-8),
  /** DPO only: strength of the pull toward the reference model. */
  beta: z.number().positive().max(limits.factor).default(0.1),
  /** DPO only: the loss, or a list of losses whose weighted sum it is, as in TRL. */
  loss_type: z
    .union([lossType, z.array(lossType).min(1)], { error: `Must be one of ${lossTypes.join(', ')}, or a list of them` })
    .default('sigmoid'),
  /** DPO only: a weight per loss in the list `loss_type` (null: 1 each). */
  loss_weights: z.array(z.number().min(0).max(limits.factor)).nullable().default(null),
  /** DPO and reward: assumed probability that a pair is in the wrong order; in DPO for the losses `smoothedLosses`. */
  label_smoothing: z.number().min(0).lt(0.5).default(0),
  /** DPO only: temperature at which the loss `discopop` changes from one of its parts to the other. */
  discopop_tau: z.number().positive().max(limits.factor).default(defaultDiscopopTau),
  /**
   * Weight of a mean negative log-likelihood added to the loss. DPO: the chosen responses', like an `sft` in `loss_type`. Reward: the
   * verdicts', yes for the better and no for the worse.
   */
  nll_weight: z.number().min(0).max(limits.factor).default(0),
  /** SFT only: loss weight of prompt tokens (0: train on completions only). */
  prompt_weight: z.number().min(0).max(limits.factor).default(0),
  dropout: z.number().min(0).max(0.9).default(0),
  shuffle: z.boolean().default(true),
  seed: z.int().min(0).default(0),
  /** Draws the order of rows, dropout, and the initial adapters, by the seed. */
  random: randomGenerator.default('philox'),
  /** Longer rows are truncated at the end (tokens). */
  max_length: z.int().min(2).max(limits.tokens).default(2048),
  precision: precision.default('float32'),
  /** Keep only each layer's input and recompute the rest in the backward pass: a third more compute, a fraction of the memory. */
  gradient_checkpointing: z.boolean().default(false),
  /**
   * Give the padding token's input embedding no gradient, as transformers does (the embedding's `padding_idx`). It matters if texts contain
   * that token: SmolLM2 pads with the end of a turn.
   */
  freeze_padding: z.boolean().default(false),
  lora: loraConfig.nullable().default(null),
  /** Checkpoint interval in steps (0: only at the end). */
  save_steps: z.int().min(0).max(limits.rows).default(200),
})
export type TrainConfig = z.infer<typeof trainConfig>

/** Settings that later versions added. At these values a training is the one it was without them. */
const addedSettings: Readonly<Record<string, unknown>> = {
  loss_weights: null,
  label_smoothing: 0,
  discopop_tau: defaultDiscopopTau,
  freeze_padding: false,
}

/** Settings for a fingerprint: without later ones that change nothing, so that a training which an earlier version began keeps its own. */
export function fingerprintedSettings({ random, ...settings }: Partial<TrainConfig>): object {
  const isKept = ([key, value]: [string, unknown]): boolean => !(key in addedSettings && addedSettings[key] === value)
  const rest = Object.fromEntries(Object.entries(settings).filter(isKept))
  return random === 'murmur' ? rest : { ...rest, random } // as it was before there was a choice
}

/** What a preference training's loss is made of. */
export type LossConfig = Pick<TrainConfig, 'beta' | 'loss_type' | 'loss_weights' | 'label_smoothing' | 'discopop_tau' | 'nll_weight'>

/** A config as written in a file: precision may be `auto`, and `freeze_padding` is true if it isn't given, as in TRL. */
export const trainSettings = trainConfig.extend({ precision: precisionWish.default('auto'), freeze_padding: z.boolean().optional() })
export type TrainSettings = z.infer<typeof trainSettings>
