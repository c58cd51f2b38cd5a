import { sftStepFlops } from '../main/engine/flops.ts'
import { encodeSft } from '../main/engine/training/encoded-rows.ts'
import { laurelSide } from './harness/laurel.ts'
import { requirePath } from './harness/options.ts'
import { measuredModel, peakShareText } from './harness/peak-share.ts'
import { peerSide } from './harness/peer.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { learningRates, readPairs, sharedSettings, timeTraining } from './harness/training.ts'

/** Supervised fine-tuning of the full model on the chosen responses, with the loss on the completion only. */
await runBenchmark<'steps' | 'batch'>({
  name: 'sft',
  title: 'Full-model SFT, loss on the completion only; the first step is a warm-up.',
  sizes: { steps: 4, batch: 4 },
  quick: { steps: 2, batch: 2 },
  figures: [
    { key: 'examplesPerSecond', label: 'examples per second', better: 'higher' },
    { key: 'peakGb', label: 'peak memory, GB', better: 'lower' },
  ],
  cases: ({ precisions }) =>
    precisions.map((precision) => ({
      name: precision,
      sides: [
        laurelSide(precision, async (engine, { options, warm, done }) => {
          const { batch, steps } = options.sizes
          const rows = readPairs(options, options.sizes).map(({ prompt, chosen }) => ({ prompt, completion: chosen }))
          const model = requirePath(options, 'model')
          const times = await timeTraining(engine, { task: 'sft', model, rows, batch, precision }, warm, done)
          const stepSeconds = times.stepSeconds.reduce((sum, seconds) => sum + seconds, 0)
          return { examplesPerSecond: (steps * batch) / stepSeconds, stepSeconds }
        }),
        peerSide('TRL', 'sft', ({ options }) => ({
          ...{ dtype: precision, batch: options.sizes.batch, rows: readPairs(options, options.sizes) },
          ...{ learningRate: learningRates.sft, ...sharedSettings },
        })),
      ],
    })),
  async explain({ figures }, options) {
    const files = await measuredModel(options)
    const rows = readPairs(options, options.sizes).slice(options.sizes.batch)
    const sides = rows.map(({ prompt, chosen }) => ({ prompt, completion: chosen }))
    const examples = encodeSft(files, sides, { maxLength: sharedSettings.maxLength, promptWeight: 0 }).examples.map(
      ({ prompt, completion }) => ({
        ...{ prompt: prompt.length, completion: completion.length },
      }),
    )
    return peakShareText(options, sftStepFlops(files.config, examples), figures.stepSeconds)
  },
})
