import { attendSelf } from '../kernels/attention.ts'
import { type PlacedRuns, runInputs } from '../kernels/attention-runs.ts'
import type { HeadShape } from '../kernels/head-shape.ts'
import type { PassAttention } from './layer.ts'

/** Attention over a pass's own tokens, without a cache. */
export function selfAttention(runs: PlacedRuns, shape: HeadShape): PassAttention {
  const { key, inputs } = runInputs(runs)
  return { attend: (qkv) => attendSelf(qkv, runs, shape), inputs: () => inputs, key: `self ${key}`, isInPlace: false }
}
