import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { rowsThatFit } from '../backends/device-state.ts'
import { type Operand, operand, takeOperand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { HEAD_CHUNK } from '../batch-limits.ts'
import { scatterRows } from '../kernels/embedding.ts'
import { type TokenScores, targetTokens } from '../kernels/token-scores.ts'
import type { Gradients } from '../model/gradients.ts'
import { type HeadSaved, scoreTokens, scoreTokensBackward } from '../model/head.ts'
import type { Parameter } from '../model/parameter.ts'

/** The tokens in a loss: which packed hidden state predicts each, and which sequence it belongs to. */
export interface Targets {
  readonly predictors: readonly number[] // [M] indices into the packed tokens
  readonly tokens: readonly number[] // [M]
  readonly weights: readonly number[] // [M] loss weights (SFT)
  readonly sequences: readonly number[] // [M] index of the token's sequence
  readonly sequenceCount: number
}

/** Scores of all targets, and the saved state of each chunk. */
interface ScoredTargets {
  readonly scores: TokenScores // [M] each
  readonly saved: readonly HeadSaved[]
}

/** Logits are computed only for predicted targets, and only for one chunk at a time. hidden [N, C]. */
export function scoreTargets(head: Parameter, hidden: Operand, targets: Targets): ScoredTargets {
  return tidy(() => {
    const chunks = chunksOf(head, targets.tokens.length).map(([from, to]) => {
      const states = takeOperand(hidden, tf.tensor1d(targets.predictors.slice(from, to), 'int32'))
      return scoreTokens(head, states, targetTokens(targets.tokens.slice(from, to)))
    })
    return { scores: joinScores(chunks.map(({ scores }) => scores)), saved: chunks.map(({ saved }) => saved) }
  })
}

/** The scores alone, when there is no backward pass: memory of one chunk. */
export function targetScores(head: Parameter, hidden: Operand, targets: Targets): TokenScores {
  return tidy(() =>
    joinScores(
      chunksOf(head, targets.tokens.length).map(([from, to]) =>
        tidy(() => {
          const states = takeOperand(hidden, tf.tensor1d(targets.predictors.slice(from, to), 'int32'))
          return scoreTokens(head, states, targetTokens(targets.tokens.slice(from, to))).scores
        }),
      ),
    ),
  )
}

function joinScores(chunks: readonly TokenScores[]): TokenScores {
  const join = (of: (scores: TokenScores) => Tensor) => tf.concat(chunks.map(of))
  return { logprobs: join((s) => s.logprobs), entropy: join((s) => s.entropy), correct: join((s) => s.correct) }
}

/** g = dL/dlogprobs [M] -> gradient of all hidden states [N, C]. Adds the head's gradient to `gradients`. Consumes `saved`. */
export function scoreTargetsBackward(
  head: Parameter,
  g: Tensor,
  saved: readonly HeadSaved[],
  targets: Targets,
  tokens: number,
  gradients: Gradients,
): Operand {
  return tidy(() => {
    const parts = chunksOf(head, targets.tokens.length).map(([from, to], i) => {
      const dstates = widen(scoreTokensBackward(head, tf.slice(g, [from], [to - from]), saved[i], gradients))
      saved[i].probabilities.tensor.dispose()
      return dstates
    })
    const dhidden = scatterRows(tf.concat(parts, 0), tf.tensor1d([...targets.predictors], 'int32'), tokens)
    return operand(dhidden, head.operand.precision)
  })
}

function chunksOf(head: Parameter, count: number): [number, number][] {
  const rows = rowsThatFit(head.shape[0], HEAD_CHUNK)
  return Array.from({ length: Math.ceil(count / rows) }, (_, i) => [i * rows, Math.min((i + 1) * rows, count)])
}
