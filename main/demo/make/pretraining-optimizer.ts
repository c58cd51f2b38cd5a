import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { type Operand, widen } from '../../engine/backends/operand.ts'
import { AdamWScalars, plainAdamw } from '../../engine/kernels/adamw.ts'
import type { Gradients } from '../../engine/model/gradients.ts'
import type { Parameter } from '../../engine/model/parameter.ts'
import { clipFactor, zeroMoments } from '../../engine/training/optimizer.ts'
import { muonStep } from './muon.ts'

/** Peak learning rates and constants; both rates follow the same schedule. */
const muon = { learningRate: 0.02, momentum: 0.95, weightDecay: 0.02 }
const adam = { learningRate: 4e-3, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, clip: 1 }

/** Optimizer state by tensor name: momenta for matrices, first and second moments for the rest. */
export type OptimizerState = Map<string, Tensor>

/**
 * Muon for the projections (q, k, v, gate, and up separately, although they are stored together), and AdamW without weight decay for
 * embedding and norms, with their gradients clipped together. `step` counts from 1; `schedule` is in 0 .. 1.
 */
export async function updateParameters(
  parameters: readonly Parameter[],
  gradients: Gradients,
  state: OptimizerState,
  step: number,
  schedule: number,
): Promise<void> {
  const isProjection = (parameter: Parameter): boolean => parameter.shape.length === 2 && parameter.name !== 'embedding'
  const others = parameters.filter((parameter) => !isProjection(parameter))
  const norm = await normOf(others.map(({ name }) => gradients.get(name)!))
  const scalars = new AdamWScalars({
    ...{ ...adam, learningRate: schedule * adam.learningRate, weightDecay: 0, step },
    gradientScale: clipFactor(norm, adam.clip),
  })
  for (const parameter of others) adamUpdate(parameter, gradients.get(parameter.name)!, state, scalars)
  scalars.dispose()
  for (const parameter of parameters.filter(isProjection)) {
    muonUpdate(parameter, gradients.get(parameter.name)!, state, schedule * muon.learningRate)
  }
}

/** The global Euclidean norm. */
async function normOf(gradients: readonly Operand[]): Promise<number> {
  const norm = tf.tidy(() => tf.sqrt(tf.sum(tf.stack(gradients.map((gradient) => tf.sum(tf.square(widen(gradient))))))))
  const [value] = await norm.data()
  norm.dispose()
  return value
}

function muonUpdate(parameter: Parameter, gradient: Operand, state: OptimizerState, learningRate: number): void {
  const rows = parameter.parts.map((part) => part.shape[0])
  const { value, momentum } = tf.tidy(() => {
    const momenta = tf.split(state.get(parameter.name) ?? tf.zeros([...parameter.shape]), rows) as Tensor2D[]
    const gradients = tf.split(widen(gradient), rows) as Tensor2D[]
    const steps = (tf.split(parameter.value, rows) as Tensor2D[]).map((part, i) =>
      muonStep(part, gradients[i], momenta[i], learningRate, muon),
    )
    return { value: tf.concat(steps.map((s) => s.value)), momentum: tf.concat(steps.map((s) => s.momentum)) }
  })
  parameter.assign(value)
  remember(state, parameter.name, momentum)
}

function adamUpdate(parameter: Parameter, gradient: Operand, state: OptimizerState, scalars: AdamWScalars): void {
  const [meanName, squareName] = [`${parameter.name}.mean`, `${parameter.name}.square`]
  const [m, v] = [meanName, squareName].map((name) => state.get(name))
  const { value, moments } = tf.tidy(() => {
    const next = plainAdamw(parameter.value, gradient, m && v ? { m, v } : zeroMoments(parameter), scalars)
    return { value: next.value, moments: { m: next.moments.m, v: next.moments.v } }
  })
  parameter.assign(value)
  remember(state, meanName, moments.m)
  remember(state, squareName, moments.v)
}

function remember(state: OptimizerState, name: string, value: Tensor): void {
  state.get(name)?.dispose()
  state.set(name, tf.keep(value))
}
