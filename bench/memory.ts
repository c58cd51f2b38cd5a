import { laurelSide } from './harness/laurel.ts'
import { requirePath } from './harness/options.ts'
import { peerSide } from './harness/peer.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { learningRates, readPairs, sharedSettings, timeTraining } from './harness/training.ts'

/**
 * Peak memory of a short DPO training, optimiser state included (the second step is the first that has it from its beginning). Laurel's is that of
 * the engine process; the process that asks holds the rows and is the same for every model.
 */
await runBenchmark<'steps' | 'batch'>({
  name: 'memory',
  title: 'Peak resident memory of DPO on the whole model, optimiser included.',
  sizes: { steps: 1, batch: 4 },
  figures: [{ key: 'peakGb', label: 'peak memory, GB', better: 'lower' }],
  cases: ({ precisions }) =>
    precisions.map((precision) => ({
      name: precision,
      sides: [
        laurelSide(precision, async (engine, { options, warm, done }) => {
          const model = requirePath(options, 'model')
          const rows = readPairs(options, options.sizes)
          await timeTraining(engine, { task: 'dpo', model, rows, batch: options.sizes.batch, precision }, warm, done)
          return {}
        }),
        peerSide('TRL', 'dpo', ({ options }) => ({
          ...{ dtype: precision, batch: options.sizes.batch, rows: readPairs(options, options.sizes) },
          ...{ learningRate: learningRates.dpo, ...sharedSettings },
        })),
      ],
    })),
})
