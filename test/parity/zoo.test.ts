import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { type Operand, takeOperand, widen } from '../../main/engine/backends/operand.ts'
import { generate } from '../../main/engine/inference/generate.ts'
import type { Decoder } from '../../main/engine/model/decoder.ts'
import { decoderBackward, withDecoderPass } from '../../main/engine/model/decoder-training.ts'
import { Gradients } from '../../main/engine/model/gradients.ts'
import { logitsOf } from '../../main/engine/model/head.ts'
import { layOut } from '../../main/engine/model/layout.ts'
import { type LoadedModel, loadModel } from '../../main/engine/model/load-model.ts'
import { parametersOf } from '../../main/engine/model/weights.ts'
import { scoreTargets, scoreTargetsBackward } from '../../main/engine/training/targets.ts'
import { useNativeBackend, usePlainBackend, useWasmBackend } from '../support/native.ts'
import { nativeLibrary, needing, softwareAdapter } from '../support/needs.ts'
import { fixtureFile } from '../support/shared.ts'
import { useSoftwareAdapter } from '../support/software-adapter.ts'

interface Case {
  readonly input_ids: number[]
  readonly last_logits: number[]
  readonly token_logprobs: number[]
  readonly mean_nll: number
  readonly grad_norms: Record<string, number>
  readonly greedy_12: number[]
}

const zoo = fixtureFile('zoo')
const names = readdirSync(zoo)
const backends = [
  { name: 'plain', use: usePlainBackend, needs: [] },
  { name: 'wasm', use: useWasmBackend, needs: [] },
  { name: 'webgpu', use: useSoftwareAdapter, needs: [softwareAdapter] },
  { name: 'native', use: useNativeBackend, needs: [nativeLibrary] },
]

for (const backend of backends) {
  needing(...backend.needs).describe(`tiny models on the ${backend.name} backend match transformers`, () => {
    beforeAll(backend.use)

    test.each(names)(
      '%s',
      async (name) => {
        const model = await loadModel(join(zoo, name), 'float32', 'full')
        const before = tf.memory().numTensors
        const { cases } = JSON.parse(readFileSync(join(zoo, name, 'expected.json'), 'utf8')) as { cases: Case[] }
        for (const expected of cases) {
          const computed = await forwardBackward(model.decoder, expected.input_ids)
          expect(largest(computed.lastLogits, expected.last_logits)).toBeLessThan(1e-4)
          expect(largest(computed.logprobs, expected.token_logprobs)).toBeLessThan(1e-4)
          expect(-mean(computed.logprobs)).toBeCloseTo(expected.mean_nll, 4)
          expect(new Set(computed.norms.keys())).toEqual(new Set(Object.keys(expected.grad_norms)))
          for (const [parameter, norm] of computed.norms) expect(Math.abs(norm / expected.grad_norms[parameter] - 1)).toBeLessThan(1e-4)
          expect(await greedy(model, expected.input_ids)).toEqual(expected.greedy_12)
        }
        expect(tf.memory().numTensors).toBe(before)
        model.dispose()
      },
      600_000,
    ) // a software adapter on a busy machine
  })
}

/** Logits, log-probabilities, and the norm of each parameter's gradient of the mean negative log-likelihood. */
async function forwardBackward(decoder: Decoder, ids: number[]) {
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

/** Keyed by Hugging Face's names: the parts of a stacked parameter are measured separately. */
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

const largest = (a: readonly number[], b: readonly number[]): number => Math.max(...b.map((x, i) => Math.abs(x - a[i])))
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
