import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { TrainConfig } from '../../shared/train-config.ts'
import { replay, replayMode } from '../backends/functions/replay.ts'
import { type Operand, operand } from '../backends/operand.ts'
import { AdamWScalars, adamwFormula, adamwInPlace, type Moments } from '../kernels/adamw.ts'
import type { Gradients } from '../model/gradients.ts'
import type { Parameter } from '../model/parameter.ts'

/** What an update changes. */
interface Updated {
  readonly parameters: readonly Parameter[]
  readonly moments: Map<string, Moments>
}

interface UpdateOptions {
  readonly learningRate: number
  readonly gradientScale: number
  /** Number of this update, starting at 1. */
  readonly step: number
}

/** AdamW on every parameter that has a gradient. */
export function applyUpdate(trained: Updated, gradients: Gradients, options: UpdateOptions, config: TrainConfig): void {
  const shared = { ...options, beta1: config.adam_beta1, beta2: config.adam_beta2, epsilon: config.adam_epsilon }
  const ofMatrices = new AdamWScalars({ ...shared, weightDecay: config.weight_decay })
  const ofVectors = new AdamWScalars({ ...shared, weightDecay: 0 }) // no weight decay on norms and biases, as in TRL
  const scalarsOf = (parameter: Parameter): AdamWScalars => (parameter.shape.length > 1 ? ofMatrices : ofVectors)
  try {
    if (replayMode() !== 'none') replayUpdate(trained, gradients, scalarsOf)
    else {
      for (const { parameter, gradient, before } of changesOf(trained, gradients)) {
        const { value, moments } = adamwInPlace(parameter.value, parameter.rounded, gradient, before, scalarsOf(parameter))
        if (value !== parameter.value) replace(trained, { parameter, before }, value, moments, null)
      }
    }
  } finally {
    ofMatrices.dispose()
    ofVectors.dispose()
  }
}

interface Change {
  readonly parameter: Parameter
  readonly gradient: Operand
  readonly before: Moments
}

function changesOf({ parameters, moments }: Updated, gradients: Gradients): Change[] {
  return parameters.flatMap((parameter) => {
    const [gradient, before] = [gradients.get(parameter.name), moments.get(parameter.name)]
    return gradient && before ? [{ parameter, gradient, before }] : []
  })
}

function replace(
  { moments }: Updated,
  { parameter, before }: Pick<Change, 'parameter' | 'before'>,
  value: Tensor,
  after: Moments,
  rounded: Operand | null,
): void {
  parameter.assign(value, rounded)
  tf.dispose([before.m, before.v])
  moments.set(parameter.name, after)
}

/** The parameters of a layer in one operation, which is the same for all layers: memory of a layer's new values beside its old ones. */
function replayUpdate(trained: Updated, gradients: Gradients, scalarsOf: (parameter: Parameter) => AdamWScalars): void {
  for (const [, group] of Map.groupBy(changesOf(trained, gradients), ({ parameter }) => layerOf(parameter.name))) {
    const tensors = group.flatMap(({ parameter, gradient, before: { m, v } }) => [parameter.value, gradient, m, v])
    const scalars = [...new Set(group.map(({ parameter }) => scalarsOf(parameter)))]
    const forms = group.map(({ parameter }) => [scalars.indexOf(scalarsOf(parameter)), parameter.rounded?.precision ?? null] as const)
    const work = () => {
      const numbers = scalars.map(({ packed }) => tf.unstack(packed))
      return group.map(({ parameter, gradient, before }, i) => {
        const [which, precision] = forms[i]
        const { value, moments } = adamwFormula(parameter.value, gradient, before, numbers[which])
        return { value, moments, rounded: precision === null ? null : operand(value, precision) }
      })
    }
    const after = replay(`adamw ${JSON.stringify(forms)}`, [...tensors, ...scalars.map(({ packed }) => packed)], work)
    group.forEach((change, i) => {
      const { value, moments, rounded } = after[i]
      replace(trained, change, value, moments, rounded)
    })
  }
}

/** `model.layers.7` for all parameters of layer 7; other parameters are alone. */
const layerOf = (name: string): string => /^model\.layers\.\d+(?=\.)/.exec(name)?.[0] ?? name
