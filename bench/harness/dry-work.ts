import * as tf from '@tensorflow/tfjs-core'
import { useBinding } from '../../main/engine/backends/native.ts'
import { onStage, type Stage } from '../../main/engine/backends/profiler.ts'
import { generate } from '../../main/engine/inference/generate.ts'
import { disposeDecoder } from '../../main/engine/model/decoder.ts'
import { dpoTask } from '../../main/engine/training/task.ts'
import { disposeTraining, startTraining, update } from '../../main/engine/training/train.ts'
import { loraConfig, type Precision, trainConfig } from '../../main/shared/train-config.ts'
import { DryBinding, type DryCounts } from './dry-binding.ts'
import { type DryModel, dryDecoder, dryModels, dryTokens } from './dry-models.ts'

/** The sizes of the counted work, in tokens unless named otherwise. */
export const drySizes = {
  pairs: 1, // of a DPO step
  prompt: 99,
  chosen: 273,
  rejected: 270,
  sequences: 64, // decoded together, four to a prompt
  text: 756, // of each sequence, prompt included
}

export type DrySizes = typeof drySizes

/** A piece of work, with the most device memory that was in use during it. */
export interface DryFigures extends DryCounts {
  /** Copies during which the host waits for the device: uploads, int32 copies, and downloads. */
  readonly waits: number
  readonly peak: number
}

let started: DryBinding | undefined

/** Make the dry binding this process's backend. */
export async function startDry(): Promise<DryBinding> {
  if (started) return started
  for (const limit of ['ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA']) delete process.env[limit] // a processor's limits, not a GPU's
  started = new DryBinding()
  await useBinding(started)
  tf.enableProdMode()
  return started
}

export interface DryStep {
  readonly gradients: DryFigures // forward and backward pass
  readonly optimizer: DryFigures // norm and AdamW
}

/** A dry device's counts so far, and its memory. */
interface Meter<C> {
  readonly counts: C
  readonly peak: number
  restartPeak(): void
}

/** Counts of a piece of work, and the most device memory that was in use during it. */
export type Figures<C> = C & { readonly peak: number }

export async function dryDpoStep(model: DryModel, how: 'full' | 'lora', precision: Precision, sizes: DrySizes): Promise<DryStep> {
  const { gradients, optimizer } = await dpoStepOn(await startDry(), model, how, precision, sizes)
  return { gradients: withWaits(gradients), optimizer: withWaits(optimizer) }
}

/** One decoding step of all sequences at the given length, sampling included. */
export const dryDecodeStep = async (model: DryModel, precision: Precision, sizes: DrySizes): Promise<DryFigures> =>
  withWaits(await decodeStepOn(await startDry(), model, precision, sizes))

const withWaits = (figures: Figures<DryCounts>): DryFigures => ({
  ...figures,
  waits: figures.uploads + figures.intCopies + figures.downloads,
})

/** The second DPO step of a training: the first also makes what all steps share. */
export async function dpoStepOn<C extends object>(
  meter: Meter<C>,
  model: DryModel,
  how: 'full' | 'lora',
  precision: Precision,
  sizes: DrySizes,
): Promise<{ readonly gradients: Figures<C>; readonly optimizer: Figures<C> }> {
  const lora = how === 'lora' ? loraConfig.parse({}) : null
  const config = trainConfig.parse({ precision, lora, batch_size: sizes.pairs, gradient_checkpointing: how === 'lora', shuffle: false })
  const { seed, random } = config
  const decoder = dryDecoder(dryModels[model], precision, lora ? { lora, seed, random } : 'full')
  const training = startTraining(decoder)
  try {
    const examples = Array.from({ length: 2 * sizes.pairs }, (_, i) => ({
      ...{
        prompt: dryTokens(sizes.prompt, 3 * i),
        chosen: dryTokens(sizes.chosen, 3 * i + 1),
        rejected: dryTokens(sizes.rejected, 3 * i + 2),
      },
      ...{ weight: 1, consistency: 1 },
    }))
    const references = examples.map(() => ({ chosen: -1, rejected: -1 }))
    const task = dpoTask(decoder, { examples, truncated: 0, leftOut: [], rows: examples.map((_, i) => i) }, references, config)
    await update(training, task, 2, config)
    const watch = new Watch(meter)
    await update(training, task, 2, config)
    return { gradients: watch.between(0, 'optimizer'), optimizer: watch.between('optimizer', 'other') }
  } finally {
    onStage(null)
    disposeTraining(training)
    disposeDecoder(decoder)
  }
}

/** One decoding step, see `dryDecodeStep`. */
export async function decodeStepOn<C extends object>(
  meter: Meter<C>,
  model: DryModel,
  precision: Precision,
  sizes: DrySizes,
): Promise<Figures<C>> {
  const decoder = dryDecoder(dryModels[model], precision, 'none')
  const rows = Array.from({ length: sizes.sequences / 4 }, (_, row) => ({ promptIds: dryTokens(sizes.text - 1, row), seeds: [0, 1, 2, 3] }))
  const sampling = { greedy: false, temperature: 1, topK: 0, topP: 0.9, maxNewTokens: 2, minNewTokens: 0, stop: [] }
  const watch = new Watch(meter)
  try {
    const options = { sampling, batch: sizes.sequences, passTokens: sizes.sequences * sizes.text, stopTokens: [] }
    for await (const _ of generate({ decoder }, rows, options)); // the first pass reads all prompts, the second is a decoding step
    return watch.between('decode', 'other')
  } finally {
    onStage(null)
    disposeDecoder(decoder)
  }
}

/** Counts at the start of each stage. */
class Watch<C extends object> {
  readonly #meter: Meter<C>
  readonly #marks: { readonly stage: Stage | 0; readonly counts: C; peak: number }[] = []

  constructor(meter: Meter<C>) {
    this.#meter = meter
    this.#mark(0)
    onStage((stage) => this.#mark(stage))
  }

  /** From the last start of one stage to the next start of the other. */
  between(from: Stage | 0, to: Stage): Figures<C> {
    const first = this.#marks.findLastIndex(({ stage }) => stage === from)
    const last = this.#marks.findIndex(({ stage }, i) => i > first && stage === to)
    const [before, after] = [this.#marks[first].counts, this.#marks[last].counts] as Record<string, number>[]
    const counts = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]))
    return { ...(counts as C), peak: Math.max(...this.#marks.slice(first, last).map(({ peak }) => peak)) }
  }

  #mark(stage: Stage | 0): void {
    const before = this.#marks.at(-1)
    if (before) before.peak = this.#meter.peak
    this.#meter.restartPeak()
    this.#marks.push({ stage, counts: this.#meter.counts, peak: 0 })
  }
}
