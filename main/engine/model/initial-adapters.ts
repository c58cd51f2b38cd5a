import { generators } from '../../common/random.ts'
import type { LoraConfig, TrainConfig } from '../../shared/train-config.ts'

/** Low-rank adapters to add, and what their initial values are drawn from. */
export interface Adaptation extends Pick<TrainConfig, 'seed' | 'random'> {
  readonly lora: LoraConfig
}

/** Whether a weight, by its Hugging Face name, gets an adapter. */
export const isAdapted = (name: string, { targets }: Pick<LoraConfig, 'targets'>): boolean =>
  targets.some((target) => name.endsWith(`.${target}.weight`))

/** The initial values of an adapter's A [rank, inputs], like peft's (Kaiming uniform with a = sqrt(5): within 1 / sqrt(inputs)). B is zero. */
export function initialA(name: string, inputs: number, { lora: { rank }, seed, random }: Adaptation): Float32Array {
  const { deriveSeed, uniform } = generators[random]
  const draw = deriveSeed(seed, 'lora', name)
  const bound = 1 / Math.sqrt(inputs)
  return Float32Array.from({ length: rank * inputs }, (_, i) => (2 * uniform(draw, i) - 1) * bound)
}
