import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { type Operand, takeOperand, widen } from '../../main/engine/backends/operand.ts'
import { generate } from '../../main/engine/inference/generate.ts'
import type { Decoder } from '../../main/engine/model/decoder.ts'
import { decoderBackward, withDecoderPass } from '../../main/engine/model/decoder-training.ts'
import { Gradients } from '../../main/engine/model/gradients.ts'
import { logitsOf } from '../../main/engine/model/head.ts'
import { layOut } from '../../main/engine/model/layout.ts'
import type { LoadedModel } from '../../main/engine/model/load-model.ts'
import { parametersOf } from '../../main/engine/model/weights.ts'
import { scoreTargets, scoreTargetsBackward } from '../../main/engine/training/targets.ts'

/** What transformers computes for a text with one of the tiny models of test/fixtures/zoo, in float32. */
export interface ReferenceCase {
  readonly input_ids: number[]
  readonly last_logits: number[]
  readonly token_logprobs: number[]
  readonly mean_nll: number
  readonly grad_norms: Record<string, number>
  readonly greedy_12: number[]
}

export const referenceCases = (folder: string): ReferenceCase[] =>
  (JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { cases: ReferenceCase[] }).cases

/** The same numbers from Laurel, on the current backend. */
interface ComputedNumbers {
  readonly lastLogits: number[]
  readonly logprobs: number[]
  /** Of each parameter's gradient of the mean negative log-likelihood. Keyed by Hugging Face's names. */
  readonly norms: ReadonlyMap<string, number>
  readonly greedy: number[]
}

export const computeNumbers = async (model: LoadedModel, ids: number[]): Promise<ComputedNumbers> => ({
  ...(await forwardBackward(model.decoder, ids)),
  greedy: await greedy(model, ids),
})

interface Differences {
  readonly logits: number
  readonly logprobs: number
  /** The largest of all parameters, relative. */
  readonly gradientNorm: number
  readonly isGreedyEqual: boolean
}

/** Largest differences; NaN if a number isn't one, infinite if there are too few. */
export function differencesFrom(expected: ReferenceCase, computed: ComputedNumbers): Differences {
  const names = [...new Set([...computed.norms.keys(), ...Object.keys(expected.grad_norms)])]
  const relative = names.map((name) => Math.abs((computed.norms.get(name) ?? Number.POSITIVE_INFINITY) / expected.grad_norms[name] - 1))
  return {
    logits: largest(computed.lastLogits, expected.last_logits),
    logprobs: largest(computed.logprobs, expected.token_logprobs),
    gradientNorm: Math.max(...relative),
    isGreedyEqual: computed.greedy.join() === expected.greedy_12.join(),
  }
}

async function forwardBackward(decoder: Decoder, ids: number[]): Promise<Omit<ComputedNumbers, 'greedy'>> {
  const n = ids.length - 1
  const { head } = decoder.weights
  const layout = layOut([ids], { share: true })
  const gradients = new Gradients()
  const targets = {
    predictors: Array.from({ length: n }, (_, i) => i),
    tokens: ids.slice(1),
    weights: new Array<number>(n).fill(1),
    sequences: new Array<number>(n).fill(0),
    sequenceCount: 1,
  }
  const [logprobs, lastLogits] = withDecoderPass(decoder, layout, { dropout: null, recompute: false }, ({ hidden, saved }) => {
    const scored = scoreTargets(head, hidden, targets)
    decoderBackward(
      decoder,
      scoreTargetsBackward(head, tf.fill([n], -1 / n), scored.saved, targets, ids.length, gradients),
      saved,
      gradients,
    )
    return [scored.scores.logprobs, widen(logitsOf(head, takeOperand(hidden, tf.tensor1d([n], 'int32'))))]
  })
  const result = {
    logprobs: [...(await logprobs.data())],
    lastLogits: [...(await lastLogits.data())],
    norms: await gradientNorms(decoder, gradients),
  }
  tf.dispose([logprobs, lastLogits])
  gradients.dispose()
  return result
}

/** The parts of a stacked parameter are measured separately. */
async function gradientNorms(decoder: Decoder, gradients: Gradients): Promise<Map<string, number>> {
  const norms = new Map<string, number>()
  for (const { name, parts } of parametersOf(decoder.weights)) {
    const values = await (gradients.get(name) as Operand).tensor.data<'float32'>()
    let start = 0
    for (const part of parts) {
      const end = start + part.shape.reduce((product, size) => product * size, 1)
      norms.set(part.name, Math.sqrt(values.subarray(start, end).reduce((sum, g) => sum + g * g, 0)))
      start = end
    }
  }
  return norms
}

async function greedy(model: LoadedModel, promptIds: number[]): Promise<number[]> {
  const sampling = { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 12, minNewTokens: 0, stop: [] }
  for await (const { tokenIds } of generate(model, [{ promptIds, seeds: [0] }], { sampling, batch: 1, stopTokens: [] })) return tokenIds
  return []
}

const largest = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...b.map((x, i) => Math.abs(x - a[i]))) : Number.POSITIVE_INFINITY
