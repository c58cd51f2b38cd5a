import { z } from 'zod'
import { limits } from './limits.ts'

/** Compute precision of matrix multiplications. Master weights, losses and optimiser state are always float32. */
export const precision = z.enum(['float32', 'bfloat16'])
export type Precision = z.infer<typeof precision>

/** A precision as it is asked for. `auto`: bfloat16 where a measurement of the machine says that it is faster, else float32. */
export const precisionWish = z.enum(['auto', ...precision.options])
export type PrecisionWish = z.infer<typeof precisionWish>

/** What a wish comes to, given what the engine computes in. */
export const precisionOf = (wish: PrecisionWish | null, engines: Precision): Precision =>
  wish === null || wish === 'auto' ? engines : wish

/** Low-rank adaptation (Hu et al. 2021): `y = x W^T + (alpha / rank) * (x A^T) B^T`, only A and B are trained. */
export const loraConfig = z.strictObject({
  rank: z.int().min(1).max(limits.rank).default(16),
  alpha: z.number().positive().max(limits.factor).default(32),
  dropout: z.number().min(0).max(0.9).default(0),
  /** Which projections, by their names in a Hugging Face folder. */
  targets: z
    .array(z.enum(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']))
    .min(1)
    .default(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']),
})
export type LoraConfig = z.infer<typeof loraConfig>

export const lossTypes = ['sigmoid'] as const

/** Every number of one training. Defaults are the paper's where it gives one (SFT and DPO differ: see the recipes). */
export const trainConfig = z.strictObject({
  learning_rate: z.number().min(0).max(limits.learningRate).default(1e-6),
  batch_size: z.int().min(1).max(limits.batch).default(16),
  /** Batches per optimiser step, as in TRL: a step sees batch_size * gradient_accumulation examples. */
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
  /** DPO only: how strongly the policy is held to the reference. */
  beta: z.number().positive().max(limits.factor).default(0.1),
  loss_type: z.enum(lossTypes).default('sigmoid'),
  /** DPO only: weight of the chosen response's mean negative log-likelihood, added to the loss. */
  nll_weight: z.number().min(0).max(limits.factor).default(0),
  /** SFT only: loss weight of prompt tokens (0: the loss looks at the completion only). */
  prompt_weight: z.number().min(0).max(limits.factor).default(0),
  dropout: z.number().min(0).max(0.9).default(0),
  shuffle: z.boolean().default(true),
  seed: z.int().min(0).default(0),
  /** Longer rows are cut at the end (tokens). */
  max_length: z.int().min(2).max(limits.tokens).default(2048),
  precision: precision.default('float32'),
  /** Keep only what enters each layer and compute the rest anew on the way back: a third more work, a fraction of the memory. */
  gradient_checkpointing: z.boolean().default(false),
  lora: loraConfig.nullable().default(null),
  /** A checkpoint every so many steps (0: only at the end). */
  save_steps: z.int().min(0).max(limits.rows).default(200),
})
export type TrainConfig = z.infer<typeof trainConfig>

/** The same as a file says it: its precision may be left to the machine. */
export const trainSettings = trainConfig.extend({ precision: precisionWish.default('auto') })
export type TrainSettings = z.infer<typeof trainSettings>
