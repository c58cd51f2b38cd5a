import type { Decoder } from '../../engine/model/decoder.ts'
import { Gradients } from '../../engine/model/gradients.ts'
import { parametersOf } from '../../engine/model/weights.ts'
import type { SftExample } from '../../engine/training/encoded-rows.ts'
import { sftForwardBackward, sftWeight } from '../../engine/training/sft.ts'
import { type Document, pretrainingDocument } from '../documents.ts'
import { type OptimizerState, updateParameters } from './pretraining-optimizer.ts'

interface PretrainingPlan {
  readonly seed: number
  readonly steps: number
  /** Documents per step. */
  readonly batch: number
}

const warmupSteps = 40
/** The last share of the training, in which the learning rates decay to zero. */
const decayPart = 0.5

/** The learning-rate schedule at a step (counted from 1), as a share of the peak: short warmup, plateau, linear decay. */
export function scheduleAt(step: number, steps: number): number {
  const left = (steps - step + 1) / steps
  return Math.min(1, step / warmupSteps, left / decayPart)
}

interface PretrainingStep {
  readonly step: number // from 1
  readonly loss: number
  readonly tokens: number
}

/** Trains from the step after `done` to the end. Depends only on the plan, the weights, and the optimizer state. */
export async function* pretrain(
  decoder: Decoder,
  plan: PretrainingPlan,
  state: OptimizerState,
  done: number,
): AsyncGenerator<PretrainingStep> {
  const parameters = parametersOf(decoder.weights)
  for (let step = done + 1; step <= plan.steps; step++) {
    const first = (step - 1) * plan.batch
    const progress = (step - 1) / plan.steps
    const documents = Array.from({ length: plan.batch }, (_, i) => pretrainingDocument(plan.seed, first + i, progress))
    const gradients = new Gradients()
    const examples = documents.map(exampleOf)
    const weight = examples.reduce((sum, example) => sum + sftWeight(example), 0)
    const sums = sftForwardBackward(decoder, examples, weight, { dropout: null, recompute: false }, gradients)
    const [loss] = await sums.data<'float32'>()
    sums.dispose()
    await updateParameters(parameters, gradients, state, step, scheduleAt(step, plan.steps))
    gradients.dispose()
    yield { step, loss: loss / weight, tokens: documents.reduce((sum, { tokens }) => sum + tokens.length, 0) }
  }
}

/** A document has no prompt but BOS; the rest is weighted token by token. */
function exampleOf({ tokens, weights }: Document): SftExample {
  return { prompt: tokens.slice(0, 1), completion: tokens.slice(1), promptWeight: 0, weights: weights.slice(1) }
}
