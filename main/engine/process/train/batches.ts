import { deriveSeed, permutation } from '../../../common/random.ts'
import type { TrainConfig } from '../../train-config.ts'

export type BatchOptions = Pick<TrainConfig, 'batch_size' | 'gradient_accumulation' | 'epochs' | 'shuffle' | 'seed'>

/** Optimiser steps of a training over `rows` examples; the last batch of an epoch may be smaller. */
export function totalSteps(rows: number, options: BatchOptions): number {
  return Math.ceil(options.epochs * stepsPerEpoch(rows, options))
}

/** Which rows step `step` (from 0) sees. Depends on seed and step alone, so a resumed training goes on exactly. */
export function rowsOfStep(rows: number, step: number, options: BatchOptions): number[] {
  const perEpoch = stepsPerEpoch(rows, options)
  const epoch = Math.floor(step / perEpoch)
  const order = options.shuffle ? permutation(rows, deriveSeed(options.seed, 'epoch', epoch)) : Array.from({ length: rows }, (_, i) => i)
  const size = options.batch_size * options.gradient_accumulation
  const from = (step % perEpoch) * size
  return order.slice(from, from + size)
}

const stepsPerEpoch = (rows: number, options: BatchOptions): number =>
  Math.ceil(rows / (options.batch_size * options.gradient_accumulation))

/**
 * Cut a batch into micro-batches that fit into memory: consecutive examples, at most `budget` tokens (one example at
 * least). The parts' gradients are summed, so the cut changes nothing but memory and rounding.
 */
export function microBatches<T>(examples: readonly T[], tokensOf: (example: T) => number, budget: number): T[][] {
  const parts: T[][] = []
  let tokens = 0
  for (const example of examples) {
    const size = tokensOf(example)
    const last = parts.at(-1)
    if (!last || tokens + size > budget) {
      parts.push([example])
      tokens = size
    } else {
      last.push(example)
      tokens += size
    }
  }
  return parts
}

/** Tokens of a micro-batch: about as many activations per layer whatever the model's width (2,048 tokens at 576). */
export const tokenBudget = (hidden: number): number => Math.max(256, Math.floor(1_200_000 / hidden))
