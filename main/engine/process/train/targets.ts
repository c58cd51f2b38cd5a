import type { Tensor } from '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs'
import { tidy } from '../backend/tidy.ts'
import { gatherRows, scatterRows } from '../model/embedding.ts'
import type { Gradients } from '../model/gradients.ts'
import { HEAD_CHUNK, type HeadSaved, scoreTokens, scoreTokensBackward, type TokenScores } from '../model/head.ts'
import type { Parameter } from '../model/parameter.ts'

/** The tokens a loss looks at: which packed hidden state predicts each, and which sequence it belongs to. */
export interface Targets {
  readonly predictors: readonly number[] // [M] indices into the packed tokens
  readonly tokens: readonly number[] // [M]
  readonly weights: readonly number[] // [M] loss weights (SFT)
  readonly sequences: readonly number[] // [M] index of the token's sequence
  readonly sequenceCount: number
}

/** Scores of all targets, and what each chunk keeps. */
export interface ScoredTargets {
  readonly scores: TokenScores // [M] each
  readonly saved: readonly HeadSaved[]
}

/** Logits exist only where a target is predicted, and only a chunk of them at a time. hidden [N, C]. */
export function scoreTargets(head: Parameter, hidden: Tensor, targets: Targets): ScoredTargets {
  return tidy(() => {
    const chunks = chunksOf(targets.tokens.length).map(([from, to]) => {
      const states = gatherRows({ tensor: hidden, precision: 'float32' }, tf.tensor1d(targets.predictors.slice(from, to), 'int32'))
      return scoreTokens(head, states, tf.tensor1d(targets.tokens.slice(from, to), 'int32'))
    })
    const join = (of: (scores: TokenScores) => Tensor) => tf.concat(chunks.map(({ scores }) => of(scores)))
    return {
      scores: { logprobs: join((s) => s.logprobs), entropy: join((s) => s.entropy), correct: join((s) => s.correct) },
      saved: chunks.map(({ saved }) => saved),
    }
  })
}

/** g = dL/dlogprobs [M] -> gradient of all hidden states [N, C]; the head's own gradient is added to `gradients`. */
export function scoreTargetsBackward(
  head: Parameter,
  g: Tensor,
  saved: readonly HeadSaved[],
  targets: Targets,
  tokens: number,
  gradients: Gradients,
): Tensor {
  return tidy(() => {
    const parts = chunksOf(targets.tokens.length).map(([from, to], i) =>
      scoreTokensBackward(head, g.slice([from], [to - from]), saved[i], gradients),
    )
    return scatterRows(tf.concat(parts, 0), tf.tensor1d([...targets.predictors], 'int32'), tokens)
  })
}

function chunksOf(count: number): [number, number][] {
  return Array.from({ length: Math.ceil(count / HEAD_CHUNK) }, (_, i) => [i * HEAD_CHUNK, Math.min((i + 1) * HEAD_CHUNK, count)])
}
