import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { replay, replayMode } from '../backends/functions/replay.ts'
import { type Operand, widen } from '../backends/operand.ts'
import { tidy } from '../backends/tidy.ts'
import { plainAddRowsInto } from '../kernels/accumulate.ts'
import type { PlacedRuns } from '../kernels/attention-runs.ts'
import { rmsNormBackward } from '../kernels/rms-norm.ts'
import { type Decoder, embed, finish, headShape, passesOf, placeIds, scaleEmbedding } from './decoder.ts'
import type { Dropout } from './dropout.ts'
import type { Gradients } from './gradients.ts'
import type { LayerSaved, Pass, Stream, StreamGradient } from './layer.ts'
import { disposeKinds, kindAt, type LayerKinds, mapKinds, placeKinds } from './layer-kinds.ts'
import type { Layout } from './layout.ts'
import { backwardThrough, forwardThrough, forwardToRepeat } from './replayed-layer.ts'
import { selfAttention } from './self-attention.ts'

export interface ForwardOptions {
  readonly dropout: Dropout | null
  /**
   * Keep only each layer's input and recompute the rest in the backward pass (Chen et al. 2016): a third more compute, a fraction of the
   * memory.
   */
  readonly recompute: boolean
  /** A token whose input embedding gets no gradient, as transformers' `padding_idx`; tied, its row still gets the head's. */
  readonly frozenToken?: number | null
}

/** Saved for the backward pass of the whole decoder. */
interface DecoderSaved {
  readonly ids: Tensor // [N]
  readonly frozenToken: number | null
  readonly passes: LayerKinds<Pass>
  readonly runs: LayerKinds<PlacedRuns>
  readonly layers: readonly (LayerSaved | Stream)[]
  readonly final: { readonly x: Tensor; readonly r: Tensor }
}

interface Passed {
  readonly hidden: Operand // [N, C]
  readonly saved: DecoderSaved
}

/**
 * Run `work` on a forward pass; `decoderBackward` is called inside it. Afterwards frees what isn't in tfjs's tidy scopes, even if `work`
 * throws.
 */
export function withDecoderPass<T>(decoder: Decoder, layout: Layout, options: ForwardOptions, work: (passed: Passed) => T): T {
  const runs = placeKinds(layout.runs, decoder.config)
  try {
    return tidy(() => work(decoderForward(decoder, layout, runs, options)))
  } finally {
    disposeKinds(runs)
  }
}

/** Token ids to final normalized hidden states [N, C], keeping what the backward pass needs. */
function decoderForward(decoder: Decoder, layout: Layout, runs: LayerKinds<PlacedRuns>, options: ForwardOptions): Passed {
  const shape = headShape(decoder.config)
  return tidy(() => {
    const attention = mapKinds(runs, (placed) => selfAttention(placed, shape))
    const passes = passesOf(decoder, layout.positions, attention, options.dropout)
    const ids = placeIds(layout.ids)
    let stream = embed(decoder, ids)
    const layers = decoder.weights.layers.map((weights, index): LayerSaved | Stream => {
      const before = stream
      const pass = kindAt(passes, decoder.config, index)
      if (options.recompute) {
        const { stream: after, input } = tidy(() => forwardToRepeat(weights, before, pass, index))
        if (before.branch) tf.dispose([before.x, before.branch.tensor]) // added in the layer's input
        stream = after
        return input
      }
      const { stream: after, saved } = forwardThrough(weights, before, pass, index)
      before.branch?.tensor.dispose() // already part of the stream that the layer saved
      stream = after
      return saved
    })
    const { sum, y, r } = finish(decoder, stream)
    const frozenToken = options.frozenToken ?? null
    return { hidden: y, saved: { ids, frozenToken, passes, runs, layers, final: { x: sum, r } } }
  })
}

/**
 * Gradients of all trainable parameters except the head's own, given the gradient of the hidden states [N, C]. Frees each layer's saved
 * tensors right after use.
 */
export function decoderBackward(decoder: Decoder, dhidden: Operand, saved: DecoderSaved, gradients: Gradients): void {
  const { embedding, finalNorm, layers } = decoder.weights
  tidy(() => {
    const { x, r } = saved.final
    const norm = replay('finish backward', [dhidden, x, r, finalNorm.value], () => rmsNormBackward(dhidden, x, r, finalNorm.value, null))
    if (finalNorm.trainable) gradients.add(finalNorm.name, { tensor: norm.dw, precision: 'float32' })
    let gradient: StreamGradient = { dx: norm.dx, rounded: norm.rounded }
    for (let i = layers.length - 1; i >= 0; i--) {
      const above = gradient
      const [pass, runs] = [kindAt(saved.passes, decoder.config, i), kindAt(saved.runs, decoder.config, i)]
      gradient = tidy(() => backwardThrough(layers[i], above, saved.layers[i], pass, i, runs, gradients))
      tf.dispose([above.dx, above.rounded.tensor])
      tf.dispose(saved.layers[i] as unknown as tf.TensorContainer)
    }
    if (embedding.trainable) embedBackward(decoder, gradient.dx, saved, gradients)
  })
}

function embedBackward({ weights: { embedding }, config }: Decoder, dx: Tensor, saved: DecoderSaved, gradients: Gradients): void {
  const { ids, frozenToken } = saved
  const rows = (): Tensor => scaleEmbedding(withoutToken(dx, ids, frozenToken), config)
  if (replayMode() === 'none') {
    gradients.addRows(embedding, rows(), ids)
    return
  }
  const before = gradients.get(embedding.name) ?? null
  const total = replay(
    `embed backward ${embedding.shape} ${frozenToken} ${config.embeddingScale}`,
    [dx, ids, ...(before ? [before] : [])],
    () =>
      tidy(() => {
        const sum = before ? widen(before) : tf.fill([...embedding.shape], 0)
        return plainAddRowsInto(sum, rows(), tf.cast(ids, 'int32'))
      }),
  )
  gradients.set(embedding.name, { tensor: total, precision: 'float32' })
}

/** dx [N, C] with zeros where the input is the frozen token. */
function withoutToken(dx: Tensor, ids: Tensor, frozenToken: number | null): Tensor {
  if (frozenToken === null) return dx
  return tf.mul(dx, tf.reshape(tf.cast(tf.notEqual(ids, frozenToken), 'float32'), [-1, 1]))
}
