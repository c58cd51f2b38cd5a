import { deviceMemory } from '../backends/device-state.ts'
import { tokenBudget } from '../batch-limits.ts'
import type { Decoder } from '../model/decoder.ts'
import { parametersOf } from '../model/weights.ts'

/** Tokens per micro-batch of a model in training, with as much of a GPU's memory as the model itself leaves. */
export function tokenBudgetOf({ config, weights }: Decoder): number {
  const memory = deviceMemory()
  if (memory === null) return tokenBudget(config.hidden)
  const taken = parametersOf(weights).reduce((sum, parameter) => sum + parameter.size * bytesPerWeight(parameter), 0)
  return tokenBudget(config.hidden, memory - taken)
}

type Weight = ReturnType<typeof parametersOf>[number]

/** A trained weight has a float32 value, two moments, and a summed gradient, and in bfloat16 a rounded copy. */
function bytesPerWeight({ trainable, rounded }: Weight): number {
  const copy = rounded === null ? 0 : 2
  if (trainable) return 4 + 8 + 4 + copy
  return rounded === null ? 4 : copy
}
