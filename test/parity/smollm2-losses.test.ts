import { readFileSync } from 'node:fs'
import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { widen } from '../../main/engine/backends/operand.ts'
import { AdamWScalars, adamwInPlace } from '../../main/engine/kernels/adamw.ts'
import { decoderBackward, withDecoderPass } from '../../main/engine/model/decoder-training.ts'
import { Gradients } from '../../main/engine/model/gradients.ts'
import { layOut } from '../../main/engine/model/layout.ts'
import { type LoadedModel, loadModel } from '../../main/engine/model/load-model.ts'
import type { Parameter } from '../../main/engine/model/parameter.ts'
import { parametersOf } from '../../main/engine/model/weights.ts'
import { likelihoodWeight, type Reference, referenceLogprobs } from '../../main/engine/training/dpo.ts'
import { type DpoExample, encodeDpo } from '../../main/engine/training/encoded-rows.ts'
import { clipFactor, zeroMoments } from '../../main/engine/training/optimizer.ts'
import { lossOfPairs } from '../../main/engine/training/preference-losses.ts'
import { scoreTargets, scoreTargetsBackward } from '../../main/engine/training/targets.ts'
import type { DpoRow, StepMetrics } from '../../main/shared/engine-protocol.ts'
import { type TrainConfig, trainConfig } from '../../main/shared/train-config.ts'
import { useNativeBackend } from '../support/native.ts'
import { nativeLibrary, needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'

/**
 * Two steps of each of TRL's losses on SmolLM2-135M. A training of each would take minutes (`trainings.test.ts` has them, with a tiny model),
 * so this shares what they have in common. A step's gradient is the sum of its four responses' gradients, each times a factor that
 * depends on the loss: four passes give the first step of all losses. Losses with the same clipped gradient then have the same model.
 */

const MODEL = sharedFile('models/SmolLM2-135M-Instruct.Q4_1.gguf')
const PAIRS = 2 // per step

/** The settings and steps of one loss. */
interface Loss {
  readonly config: TrainConfig
  readonly steps: readonly StepMetrics[]
}

/** One loss in one step. Responses are in the order chosen, rejected, chosen, rejected. */
interface Step {
  readonly metrics: StepMetrics
  /** What each response's gradient is multiplied by, before clipping. */
  readonly factors: readonly number[]
}

const { pairs, results } = referenceNumbers.isMet
  ? (JSON.parse(readFileSync(sharedFile('fixtures/smollm2-dpo.json'), 'utf8')) as {
      pairs: DpoRow[]
      results: Record<string, { extra: Partial<TrainConfig>; steps: StepMetrics[] }>
    })
  : { pairs: [], results: {} }

/** By name; a name that begins with an underscore is another kind of entry. */
const losses = new Map(
  Object.entries(results)
    .filter(([name]) => !name.startsWith('_'))
    .map(([name, { extra, steps }]): [string, Loss] => {
      const loss = { ...extra, loss_type: name.split('+') } as Partial<TrainConfig> // checked by the schema
      return [name, { config: trainConfig.parse({ learning_rate: 1e-5, freeze_padding: true, ...loss }), steps }]
    }),
)

needing(referenceNumbers, nativeLibrary).describe('TRL on SmolLM2-135M', { timeout: 600_000 }, () => {
  let model: LoadedModel
  let initial: ReadonlyMap<string, Tensor>
  let examples: readonly DpoExample[]
  let references: readonly Reference[]
  const parameters = (): Parameter[] => parametersOf(model.decoder.weights)

  beforeAll(async () => {
    await useNativeBackend()
    model = await loadModel(MODEL, 'float32', 'full')
    initial = new Map(parameters().map(({ name, value }) => [name, tf.add(value, 0)]))
    examples = encodeDpo(model.files, pairs.slice(0, 2 * PAIRS), { maxLength: 2048 }).examples
    references = [...(await logprobsOf(0)), ...(await logprobsOf(PAIRS))] // by step, because the last bits depend on what is packed together
  }, 600_000)
  afterAll(() => {
    for (const tensor of initial.values()) tensor.dispose()
    model.dispose()
  })

  test('agrees on the first two steps of every loss', async () => {
    const gradients = gradientsOf(0)
    const products = productsOf(gradients)
    const first = new Map([...losses].map(([name, loss]) => [name, stepOf(loss, references.slice(0, PAIRS), 0)]))
    for (const [name, { metrics, factors }] of first) {
      expectSame(name, { ...metrics, grad_norm: normOf(factors, products) }, losses.get(name)!.steps[0])
    }
    const clipped = (name: string): number[] => {
      const { factors } = first.get(name)!
      const scale = clipFactor(normOf(factors, products), 1)
      return factors.map((factor) => factor * scale)
    }
    const groups = Map.groupBy(losses.keys(), (name) =>
      clipped(name)
        .map((factor) => factor.toPrecision(5))
        .join(),
    )
    expect(Math.max(...[...groups.values()].map((names) => names.length))).toBe(7) // all that start with the gradient of DPO
    for (const names of groups.values()) {
      update(clipped(names[0]), gradients)
      const policy = await logprobsOf(PAIRS)
      const isShared = names.length > 1
      const later = isShared ? gradientsOf(PAIRS) : []
      const laterProducts = productsOf(later)
      for (const name of names) {
        const { metrics, factors } = stepOf(losses.get(name)!, policy, PAIRS)
        expectSame(name, { ...metrics, ...(isShared && { grad_norm: normOf(factors, laterProducts) }) }, losses.get(name)!.steps[1])
      }
      for (const of of later) of.dispose()
    }
    for (const of of gradients) of.dispose()
  })

  const batchFrom = (from: number): readonly DpoExample[] => examples.slice(from, from + PAIRS)

  const logprobsOf = (from: number): Promise<Reference[]> => referenceLogprobs(model.decoder, batchFrom(from))

  /** Gradient of each response's log-probability. */
  const gradientsOf = (from: number): Gradients[] =>
    batchFrom(from).flatMap(({ prompt, chosen, rejected }) => [chosen, rejected].map((response) => gradientOf(prompt, response)))

  function gradientOf(prompt: readonly number[], response: readonly number[]): Gradients {
    const { decoder } = model
    const gradients = new Gradients()
    const layout = layOut([[...prompt, ...response]], { share: true })
    const targets = {
      predictors: response.map((_, t) => prompt.length + t - 1),
      tokens: response,
      weights: response.map(() => 1),
      sequences: response.map(() => 0),
      sequenceCount: 1,
    }
    const options = { dropout: null, recompute: false, frozenToken: decoder.config.padToken }
    withDecoderPass(decoder, layout, options, ({ hidden, saved }) => {
      const { saved: heads } = scoreTargets(decoder.weights.head, hidden, targets)
      const g = tf.fill([response.length], 1)
      decoderBackward(
        decoder,
        scoreTargetsBackward(decoder.weights.head, g, heads, targets, layout.ids.length, gradients),
        saved,
        gradients,
      )
    })
    return gradients
  }

  function stepOf({ config }: Loss, policy: readonly Reference[], from: number): Step {
    const batch = batchFrom(from)
    const known = references.slice(from, from + PAIRS)
    const [chosen, rejected] = (['chosen', 'rejected'] as const).map((side) => ({
      logprobs: policy.map((of) => of[side]),
      rewards: policy.map((of, i) => config.beta * (of[side] - known[i][side])),
      tokens: batch.map((pair) => pair[side].length),
    }))
    const ofPairs = (of: 'rewards' | 'tokens') => ({ chosen: tf.tensor1d(chosen[of]), rejected: tf.tensor1d(rejected[of]) })
    const { losses: each, slopes } = lossOfPairs(ofPairs('rewards'), ofPairs('tokens'), batch, config)
    const [up, down] = [slopes.chosen.dataSync(), slopes.rejected.dataSync()]
    const likelihood = likelihoodWeight(config) / sum(chosen.tokens)
    return {
      metrics: {
        loss: sum([...each.dataSync()]) / PAIRS - likelihood * sum(chosen.logprobs),
        'rewards/chosen': sum(chosen.rewards) / PAIRS,
        'rewards/rejected': sum(rejected.rewards) / PAIRS,
        'rewards/margins': (sum(chosen.rewards) - sum(rejected.rewards)) / PAIRS,
        'logps/chosen': sum(chosen.logprobs) / PAIRS,
        'logps/rejected': sum(rejected.logprobs) / PAIRS,
      },
      factors: batch.flatMap((_, i) => [(config.beta * up[i]) / PAIRS - likelihood, (config.beta * down[i]) / PAIRS]),
    }
  }

  /** The model after the first step from the initial one, with this sum of gradients. */
  function update(factors: readonly number[], gradients: readonly Gradients[]): void {
    const options = { learningRate: 1e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, step: 1, gradientScale: 1 }
    const scalars = new AdamWScalars(options)
    for (const parameter of parameters()) {
      parameter.assign(tf.add(initial.get(parameter.name)!, 0))
      const tensor = tf.tidy(() => tf.addN(gradients.map((of, i) => tf.mul(widen(of.get(parameter.name)!), factors[i]))))
      const moments = zeroMoments(parameter)
      adamwInPlace(parameter.value, parameter.rounded, { tensor, precision: 'float32' }, moments, scalars)
      tf.dispose([tensor, moments.m, moments.v])
    }
    scalars.dispose()
  }

  /** Inner products of the gradients of all parameters. */
  function productsOf(gradients: readonly Gradients[]): number[][] {
    const product = (a: Gradients, b: Gradients): number =>
      sum(a.names.map((name) => tf.tidy(() => tf.sum(tf.mul(widen(a.get(name)!), widen(b.get(name)!))).dataSync()[0])))
    return gradients.map((a) => gradients.map((b) => product(a, b)))
  }
})

/** Norm of a sum of gradients, each times its factor. */
const normOf = (factors: readonly number[], products: readonly (readonly number[])[]): number =>
  Math.sqrt(sum(factors.flatMap((a, i) => factors.map((b, j) => a * b * products[i][j]))))

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const tolerances: Readonly<Record<string, number>> = { loss: 1e-3, 'logps/chosen': 0.05, 'logps/rejected': 0.05 }

function expectSame(loss: string, metrics: StepMetrics, expected: StepMetrics): void {
  for (const [name, value] of Object.entries(metrics)) {
    const what = `${name} of ${loss}`
    if (name === 'grad_norm') expect(Math.abs(value / expected[name] - 1), what).toBeLessThan(0.01)
    else expect(Math.abs(value - expected[name]), what).toBeLessThan(Math.max(tolerances[name] ?? 5e-3, 1e-4 * Math.abs(expected[name])))
  }
}
