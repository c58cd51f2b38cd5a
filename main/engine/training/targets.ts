import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { rowsThatFit } from '../backends/device-state.ts'
import { replay, replayMode } from '../backends/functions/replay.ts'
import { type Operand, operand, takeOperand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { HEAD_CHUNK } from '../batch-limits.ts'
import { scatterRows } from '../kernels/embedding.ts'
import { bucketOf } from '../kernels/run-buckets.ts'
import { type TargetTokens, type TokenScores, targetTokens } from '../kernels/token-scores.ts'
import { type Gradients, sumOf } from '../model/gradients.ts'
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

/** A chunk of targets with what its backward pass needs. */
interface ScoredChunk extends HeadSaved {
  readonly rows: Tensor // [M], indices into the packed tokens
}

/** Scores of all targets, and the saved state of each chunk. */
interface ScoredTargets {
  readonly scores: TokenScores // [M] each
  readonly saved: readonly ScoredChunk[]
}

/** Logits are computed only for predicted targets, and only for one chunk at a time. hidden [N, C]. */
export function scoreTargets(head: Parameter, hidden: Operand, targets: Targets): ScoredTargets {
  return tidy(() => {
    const chunks = chunksOf(head, targets.tokens.length).map(([from, to]) => {
      const { rows, tokens } = placeChunk(targets, from, to)
      const { scores, ...saved } = replay('head', [head.operand, hidden, rows, tokens.tensor], () => {
        const states = takeOperand(hidden, tf.cast(rows, 'int32'))
        const { scores, saved } = scoreTokens(head, states, tokens)
        return { scores, hidden: states, probabilities: saved.probabilities }
      })
      return { scores, saved: { ...saved, rows, targets: tokens } }
    })
    const scores = joinScores(
      chunks.map(({ scores }) => scores),
      targets.tokens.length,
    )
    return { scores, saved: chunks.map(({ saved }) => saved) }
  })
}

/** The scores alone, when there is no backward pass: memory of one chunk. */
export function targetScores(head: Parameter, hidden: Operand, targets: Targets): TokenScores {
  return tidy(() => {
    const chunks = chunksOf(head, targets.tokens.length).map(([from, to]) =>
      tidy(() => {
        const { rows, tokens } = placeChunk(targets, from, to)
        return replay('head scores', [head.operand, hidden, rows, tokens.tensor], () =>
          tidy(() => scoreTokens(head, takeOperand(hidden, tf.cast(rows, 'int32')), tokens).scores),
        )
      }),
    )
    return joinScores(chunks, targets.tokens.length)
  })
}

/**
 * A chunk on the device. Where work is replayed, it is rounded up to a common size with targets at row 0, whose scores no loss uses; numbers
 * of rows and tokens are float32, since a GPU's functions would receive int32 in the host's memory.
 */
function placeChunk(targets: Targets, from: number, to: number): { readonly rows: Tensor; readonly tokens: TargetTokens } {
  const [predictors, tokens] = [targets.predictors.slice(from, to), targets.tokens.slice(from, to)]
  if (replayMode() === 'none') return { rows: tf.tensor1d(predictors, 'int32'), tokens: targetTokens(tokens) }
  const padding = new Array<number>(bucketOf(to - from) - (to - from)).fill(0)
  const ids = [...tokens, ...padding]
  return { rows: tf.tensor1d([...predictors, ...padding]), tokens: { ids, tensor: tf.tensor1d(ids) } }
}

function joinScores(chunks: readonly TokenScores[], count: number): TokenScores {
  const join = (of: (scores: TokenScores) => Tensor) => {
    const joined = tf.concat(chunks.map(of))
    return joined.size === count ? joined : tf.slice(joined, [0], [count])
  }
  return { logprobs: join((s) => s.logprobs), entropy: join((s) => s.entropy), correct: join((s) => s.correct) }
}

/** g = dL/dlogprobs [M] -> gradient of all hidden states [N, C]. Adds the head's gradient to `gradients`. Consumes `saved`. */
export function scoreTargetsBackward(
  head: Parameter,
  g: Tensor,
  saved: readonly ScoredChunk[],
  targets: Targets,
  tokens: number,
  gradients: Gradients,
): Operand {
  return tidy(() => {
    const parts = chunksOf(head, targets.tokens.length).map(([from, to], i) => {
      const own = tf.slice(g, [from], [to - from])
      const padding = saved[i].rows.size - own.size
      const dstates = chunkBackward(head, padding === 0 ? own : tf.concat([own, tf.fill([padding], 0)]), saved[i], gradients)
      saved[i].probabilities.tensor.dispose()
      return dstates
    })
    const rows = saved.map((chunk) => chunk.rows)
    const { precision } = head.operand
    return replay(`states of targets ${tokens} ${precision}`, [...parts, ...rows], () =>
      tidy(() => operand(scatterRows(tf.concat(parts, 0), tf.cast(tf.concat(rows), 'int32'), tokens), precision)),
    )
  })
}

/** Gradient of a chunk's hidden states, in float32. */
function chunkBackward(head: Parameter, g: Tensor, saved: ScoredChunk, gradients: Gradients): Tensor {
  if (replayMode() === 'none') return widen(scoreTokensBackward(head, g, saved, gradients))
  const sum = head.trainable ? (gradients.get(head.name) ?? null) : null
  const inputs = [head.operand, g, saved.hidden, saved.probabilities, saved.targets.tensor, ...(sum ? [sum] : [])]
  const { dstates, added } = replay(`head backward ${head.trainable} ${sum !== null}`, inputs, () => {
    const own: Operand[] = []
    const dstates = widen(
      scoreTokensBackward(head, g, saved, { add: (_, gradient) => own.push({ ...gradient, tensor: tf.keep(gradient.tensor) }) }),
    )
    return { dstates, added: own.map((gradient) => sumOf(sum, gradient)) }
  })
  for (const gradient of added) gradients.set(head.name, gradient)
  return dstates
}

function chunksOf(head: Parameter, count: number): [number, number][] {
  const rows = rowsThatFit(head.shape[0], HEAD_CHUNK)
  return Array.from({ length: Math.ceil(count / rows) }, (_, i) => [i * rows, Math.min((i + 1) * rows, count)])
}
