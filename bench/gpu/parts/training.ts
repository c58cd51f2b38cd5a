import { microBatches } from '../../../main/engine/batch-limits.ts'
import { dpoStepFlops, sftStepFlops } from '../../../main/engine/flops.ts'
import { disposeDecoder } from '../../../main/engine/model/decoder.ts'
import { pairTokens, referenceLogprobs } from '../../../main/engine/training/dpo.ts'
import type { DpoExample } from '../../../main/engine/training/encoded-rows.ts'
import { dpoTask, sftTask, type Task } from '../../../main/engine/training/task.ts'
import { tokenBudgetOf } from '../../../main/engine/training/token-budget.ts'
import { disposeTraining, startTraining, update } from '../../../main/engine/training/train.ts'
import { type Precision, trainConfig } from '../../../main/shared/train-config.ts'
import { randomIds } from '../../growth/random-model.ts'
import { type GpuBackend, memoryPeak, startGpu } from '../gpu-backend.ts'
import { secondsPerStep } from '../gpu-clock.ts'
import type { GpuSizes } from '../gpu-sizes.ts'
import { figuresOf } from '../part-output.ts'
import { modelOf, randomDecoder } from '../random-decoder.ts'

/**
 * Steps of the full model: forward and backward pass, gradient norm, and AdamW; for DPO also its share of the reference log-probabilities,
 * which Laurel computes before the first step. Tokens are those that no implementation can avoid: a pair's prompt counts once.
 */
export async function measureTraining(backend: GpuBackend, precision: Precision, sizes: GpuSizes): Promise<void> {
  await startGpu(backend, precision)
  const print = figuresOf(backend)
  const model = modelOf(sizes)
  const memory = memoryPeak()
  const decoder = randomDecoder(model, precision, 'full')
  const training = startTraining(decoder)
  const { training: lengths, timing } = sizes
  const config = (batch: number) => trainConfig.parse({ precision, batch_size: batch, shuffle: false, lr_scheduler: 'constant' })

  for (const count of lengths.pairs) {
    const pairs = Array.from({ length: count }, (_, i) => pairOf(i))
    await dpo(pairs)
    await sft(pairs)
  }
  disposeTraining(training)
  disposeDecoder(decoder)

  async function dpo(examples: readonly DpoExample[]): Promise<void> {
    memory.restart()
    const parts = microBatches(examples, pairTokens, tokenBudgetOf(decoder))
    const references = (await Promise.all(parts.map((part) => referenceLogprobs(decoder, part)))).flat()
    const referenceSeconds = await secondsPerStep(async () => {
      for (const part of parts) await referenceLogprobs(decoder, part)
    }, timing)
    const task = dpoTask(
      decoder,
      { examples, truncated: 0, leftOut: [], rows: examples.map((_, i) => i) },
      references,
      config(examples.length),
    )
    const seconds = referenceSeconds + (await stepSeconds(task, examples.length))
    print(`DPO step, ${counted(examples.length, 'pair')}`, precision, {
      'pairs/s': examples.length / seconds,
      ...rates(
        seconds,
        examples.reduce((sum, each) => sum + pairTokens(each), 0),
      ),
      'TFLOP/s': dpoStepFlops(model, examples.map(lengthsOf)) / seconds / 1e12,
    })
  }

  async function sft(pairs: readonly DpoExample[]): Promise<void> {
    memory.restart()
    const examples = pairs.map(({ prompt, chosen }) => ({ prompt, completion: chosen, weights: null, promptWeight: 0 }))
    const task = sftTask(decoder, { examples, truncated: 0, leftOut: [], rows: examples.map((_, i) => i) }, config(examples.length))
    const seconds = await stepSeconds(task, examples.length)
    const sides = examples.map(({ prompt, completion }) => ({ prompt: prompt.length, completion: completion.length }))
    print(`SFT step, ${counted(examples.length, 'example')}`, precision, {
      'examples/s': examples.length / seconds,
      ...rates(
        seconds,
        sides.reduce((sum, { prompt, completion }) => sum + prompt + completion, 0),
      ),
      'TFLOP/s': sftStepFlops(model, sides) / seconds / 1e12,
    })
  }

  function stepSeconds(task: Task, batch: number): Promise<number> {
    return secondsPerStep(async () => void (await update(training, task, 1_000_000, config(batch))), timing)
  }

  function rates(seconds: number, tokens: number) {
    return { 'tokens/s': tokens / seconds, ...(memory.bytes !== null && { 'peak GB': memory.bytes / 1e9 }) }
  }

  function pairOf(i: number): DpoExample {
    const ids = (count: number, part: number): number[] => randomIds(count, 3 * i + part).map((id) => id % model.vocabulary)
    const { prompt, chosen, rejected } = lengths
    return { prompt: ids(prompt, 0), chosen: ids(chosen, 1), rejected: ids(rejected, 2), weight: 1, consistency: 1 }
  }
}

const lengthsOf = ({ prompt, chosen, rejected }: DpoExample) => ({
  ...{ prompt: prompt.length, chosen: chosen.length, rejected: rejected.length },
})

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
