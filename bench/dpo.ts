import { dpoStepFlops } from '../main/engine/flops.ts'
import { encodeDpo } from '../main/engine/training/encoded-rows.ts'
import { laurelSide } from './harness/laurel.ts'
import { requirePath } from './harness/options.ts'
import { measuredModel, peakShareText } from './harness/peak-share.ts'
import { peerSide } from './harness/peer.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { learningRates, readPairs, sharedSettings, timeTraining } from './harness/training.ts'

/**
 * DPO of the full model. The reference model's log-probabilities are part of the work on both sides: the peer computes
 * them in each step, Laurel once before the first step; the measured pairs' share of that time is counted.
 */
await runBenchmark<'steps' | 'batch'>({
  name: 'dpo',
  title: 'Full-model DPO, including reference log-probabilities; the first step is a warm-up.',
  sizes: { steps: 4, batch: 4 },
  quick: { steps: 1, batch: 2 },
  figures: [
    { key: 'pairsPerSecond', label: 'pairs per second', better: 'higher' },
    { key: 'peakGb', label: 'peak memory, GB', better: 'lower' },
  ],
  cases: ({ precisions }) =>
    precisions.map((precision) => ({
      name: precision,
      sides: [
        laurelSide(precision, async (engine, { options, warm, done }) => {
          const { batch, steps } = options.sizes
          const rows = readPairs(options, options.sizes)
          const model = requirePath(options, 'model')
          const times = await timeTraining(engine, { task: 'dpo', model, rows, batch, precision }, warm, done)
          const stepSeconds = times.stepSeconds.reduce((sum, seconds) => sum + seconds, 0)
          const referenceSeconds = times.prepareSeconds * times.measuredShare
          return { pairsPerSecond: (steps * batch) / (stepSeconds + referenceSeconds), stepSeconds, referenceSeconds }
        }),
        peerSide('TRL', 'dpo', ({ options }) => ({
          ...{ dtype: precision, batch: options.sizes.batch, rows: readPairs(options, options.sizes) },
          ...{ learningRate: learningRates.dpo, ...sharedSettings },
        })),
      ],
    })),
  async explain({ figures }, options) {
    const files = await measuredModel(options)
    const rows = readPairs(options, options.sizes).slice(options.sizes.batch)
    const pairs = encodeDpo(files, rows, { maxLength: sharedSettings.maxLength }).examples.map(({ prompt, chosen, rejected }) => ({
      ...{ prompt: prompt.length, chosen: chosen.length, rejected: rejected.length },
    }))
    return peakShareText(options, dpoStepFlops(files.config, pairs), figures.stepSeconds + figures.referenceSeconds)
  },
})
