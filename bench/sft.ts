import { laurelSide } from './harness/laurel.ts'
import { requirePath } from './harness/options.ts'
import { peerSide } from './harness/peer.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { learningRates, readPairs, sharedSettings, timeTraining } from './harness/training.ts'

/** Supervised fine-tuning of the whole model on the chosen responses; the loss looks at the completion only. */
await runBenchmark<'steps' | 'batch'>({
  name: 'sft',
  title: 'SFT, whole model, loss on the completion only; the first step is a warm-up.',
  sizes: { steps: 4, batch: 4 },
  figures: [
    { key: 'examplesPerSecond', label: 'examples a second', better: 'higher' },
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
          const { stepSeconds } = await timeTraining(engine, { task: 'sft', model, rows, batch, precision }, warm, done)
          return { examplesPerSecond: (steps * batch) / stepSeconds.reduce((sum, seconds) => sum + seconds, 0) }
        }),
        peerSide('TRL', 'sft', ({ options }) => ({
          ...{ dtype: precision, batch: options.sizes.batch, rows: readPairs(options, options.sizes) },
          ...{ learningRate: learningRates.sft, ...sharedSettings },
        })),
      ],
    })),
})
