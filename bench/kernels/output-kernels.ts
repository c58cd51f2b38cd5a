import * as tf from '@tensorflow/tfjs-core'
import { addInto, addRowsInto, plainAddInto, plainAddRowsInto } from '../../main/engine/kernels/accumulate.ts'
import { AdamWScalars, adamwInPlace, plainAdamw, plainSquaredNorm, squaredNorm } from '../../main/engine/kernels/adamw.ts'
import { plainShortlist, shortlist } from '../../main/engine/kernels/shortlist.ts'
import {
  plainScoreLogits,
  plainScoreLogitsBackward,
  scoreLogits,
  scoreLogitsBackward,
  type TargetTokens,
  targetTokens,
} from '../../main/engine/kernels/token-scores.ts'
import { bytesOf, type KernelEntry, noise, noisy } from './entry.ts'

const shortlisted = 64

const adamwOptions = { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, step: 10, gradientScale: 0.5 }

const targets = (count: number, below: number): TargetTokens => targetTokens(Array.from({ length: count }, (_, i) => (i * 7919) % below))

/** The work after the layers: token log-probabilities, sampling, and the update. */
export const outputKernels: readonly KernelEntry[] = [
  {
    name: 'token log-probabilities',
    prepare({ rows: M, vocabulary: V }, precision) {
      const [logits, wanted] = [noisy([M, V], precision, 4), targets(M, V)]
      return { fused: () => scoreLogits(logits, wanted), plain: () => plainScoreLogits(logits, wanted), bytes: 2 * bytesOf(logits) }
    },
  },
  {
    name: 'token log-probabilities, backward',
    prepare({ rows: M, vocabulary: V }, precision) {
      const g = tf.ones([M]) // the probabilities are overwritten each time, and a smaller factor would make them vanish
      const [probabilities, wanted] = [noisy([M, V], precision, 1e-4), targets(M, V)]
      return {
        fused: () => scoreLogitsBackward(g, probabilities, wanted),
        plain: () => plainScoreLogitsBackward(g, probabilities, wanted),
        bytes: 2 * bytesOf(probabilities),
      }
    },
  },
  {
    name: 'top-k tokens',
    prepare({ sequences: S, vocabulary: V }, precision) {
      const logits = noisy([S, V], precision, 4)
      return {
        fused: () => shortlist(logits, 0.7, shortlisted),
        plain: () => plainShortlist(logits, 0.7, shortlisted),
        bytes: bytesOf(logits),
      }
    },
  },
  {
    name: 'AdamW',
    prepare({ hidden: C, intermediate: F }, precision) {
      const [value, m, v] = [noise([C, 2 * F]), noise([C, 2 * F], 1e-3), tf.square(noise([C, 2 * F], 1e-3))]
      const [gradient, rounded] = [noisy([C, 2 * F], precision, 1e-3), noisy([C, 2 * F], precision)]
      const scalars = new AdamWScalars(adamwOptions)
      return {
        fused: () => adamwInPlace(value, rounded, gradient, { m, v }, scalars),
        plain: () => plainAdamw(value, gradient, { m, v }, scalars),
        bytes: 2 * bytesOf(value, m, v) + bytesOf(gradient, rounded),
      }
    },
  },
  {
    name: 'squared norm',
    prepare({ hidden: C, intermediate: F }, precision) {
      const x = noisy([C, 2 * F], precision)
      return { fused: () => squaredNorm(x), plain: () => plainSquaredNorm(x), bytes: bytesOf(x) }
    },
  },
  {
    name: 'gradient accumulation',
    prepare({ hidden: C, intermediate: F }, precision) {
      const [sum, x] = [noise([C, 2 * F]), noisy([C, 2 * F], precision)]
      return { fused: () => addInto(sum, x), plain: () => plainAddInto(sum.clone(), x), bytes: 2 * bytesOf(sum) + bytesOf(x) }
    },
  },
  {
    name: 'scatter-add of rows',
    prepare({ tokens: N, hidden: C, vocabulary: V }) {
      const [table, rows, indices] = [noise([V, C]), noise([N, C]), targets(N, V).tensor]
      return {
        fused: () => addRowsInto(table, rows, indices),
        plain: () => plainAddRowsInto(table.clone(), rows, indices),
        bytes: 3 * bytesOf(rows),
      }
    },
  },
]
