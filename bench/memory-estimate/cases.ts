import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { generationMemory, trainingMemory } from '../../main/engine/memory-estimate.ts'
import { type ModelShape, sampling, type TrainParams } from '../../main/shared/engine-protocol.ts'
import { loraConfig, type Precision, type TrainConfig, trainConfig } from '../../main/shared/train-config.ts'

export type MemorySize = 'rows' | 'tokens' | 'sequences' | 'prompt' | 'answer'
type Sizes = Readonly<Record<MemorySize, number>>

/** Work whose memory is both estimated and measured. */
export interface MemoryWork {
  readonly name: string
  /** The estimate in bytes, as shown to users beforehand. */
  estimate(shape: ModelShape, precision: Precision, sizes: Sizes): number
  run(engine: Engine, model: string, precision: Precision, sizes: Sizes): Promise<void>
}

/** One training step of `rows` rows of `tokens` tokens. Each kind of training uses memory differently. */
function training(name: string, task: TrainParams['task'], settings: Partial<TrainConfig>): MemoryWork {
  const configOf = (precision: Precision, { rows }: Sizes) => trainConfig.parse({ batch_size: rows, save_steps: 0, precision, ...settings })
  return {
    name,
    estimate(shape, precision, sizes) {
      const { prompt, ...responses } = rowOf(task, sizes.tokens, 0)
      const targets = Object.values(responses).reduce((sum, { inputIds }) => sum + inputIds.length, 0)
      const row = { tokens: prompt.inputIds.length + targets, targets }
      return trainingMemory(shape, configOf(precision, sizes), new Array(sizes.rows).fill(row)).total
    },
    async run(engine, model, precision, sizes) {
      const folder = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
      const rows = Array.from({ length: sizes.rows }, (_, i) => rowOf(task, sizes.tokens, i))
      const places = { out: join(folder, 'out'), checkpoints: join(folder, 'checkpoints') }
      try {
        for await (const _ of engine.train({ task, model, rows, config: configOf(precision, sizes), ...places }));
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

/** `sequences` answers of `answer` tokens to prompts of `prompt` tokens, in one batch. */
const generation: MemoryWork = {
  name: 'generation',
  estimate: (shape, precision, { sequences, prompt, answer }) =>
    generationMemory(shape, precision, { sequences, promptTokens: prompt, newTokens: answer }).total,
  async run(engine, model, _, { sequences, prompt, answer }) {
    const rows = Array.from({ length: sequences }, (_, i) => ({ input: { inputIds: idsOf(prompt, i) }, seeds: [i] }))
    const greedy = sampling.parse({ greedy: true, maxNewTokens: answer, minNewTokens: answer }) // random weights give no nucleus to sample from
    for await (const _ of engine.generate({ model, rows, batch: sequences, sampling: greedy }));
  },
}

export const memoryWorks: readonly MemoryWork[] = [
  training('SFT', 'sft', {}),
  training('SFT, activations recomputed', 'sft', { gradient_checkpointing: true }),
  training('SFT, LoRA', 'sft', { lora: loraConfig.parse({}) }),
  training('DPO', 'dpo', {}),
  generation,
]

/** A text of that many tokens: an example whose first quarter is the prompt, or a pair with equally long prompt and responses. */
function rowOf(
  task: TrainParams['task'],
  tokens: number,
  seed: number,
): { prompt: Ids; completion: Ids } | { prompt: Ids; chosen: Ids; rejected: Ids } {
  const ids = idsOf(tokens, seed)
  const part = (from: number, to: number): Ids => ({ inputIds: ids.slice(Math.floor(from * tokens), Math.floor(to * tokens)) })
  if (task === 'sft') return { prompt: part(0, 1 / 4), completion: part(1 / 4, 1) }
  return { prompt: part(0, 1 / 3), chosen: part(1 / 3, 2 / 3), rejected: part(2 / 3, 1) }
}

interface Ids {
  readonly inputIds: number[]
}

/** Arbitrary token IDs, below every model's vocabulary size. */
const idsOf = (count: number, seed: number): number[] => Array.from({ length: count }, (_, i) => 1 + ((i * 31 + seed * 977) % 4000))
