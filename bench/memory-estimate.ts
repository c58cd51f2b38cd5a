import type { Case } from './harness/benchmark.ts'
import { laurelSide } from './harness/laurel.ts'
import type { Results } from './harness/results.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { markdownTable, rounded } from './harness/table.ts'
import { type MemorySize, memoryWorks } from './memory-estimate/cases.ts'
import { folderOf, modelSizes } from './memory-estimate/sized-models.ts'

function table(results: Results): string {
  const rows = results.cases.map(({ name, sides: [{ medians: m }] }) => [
    name,
    rounded(m.estimatedGb),
    rounded(m.peakGb),
    `**${m.share.toFixed(2)}**`,
  ])
  const header = ['work', 'estimated, GB', 'measured, GB', 'estimated / measured']
  return markdownTable(header, rows)
}

/** The memory estimate compared with the engine process's measured peak, each in a fresh process. */
await runBenchmark<MemorySize>({
  name: 'memory-estimate',
  title: 'Estimated memory compared with the peak of the engine process. Random weights.',
  sizes: { rows: 5, tokens: 400, sequences: 64, prompt: 45, answer: 64 },
  figures: [{ key: 'peakGb', label: 'GB', better: 'lower' }],
  cases: ({ precisions, sizes }) =>
    modelSizes.flatMap((model) =>
      precisions.flatMap((precision) =>
        memoryWorks.map(
          (work): Case<MemorySize> => ({
            name: `${model}, ${work.name}, ${precision}`,
            sides: [
              laurelSide(precision, async (engine) => {
                const estimated = work.estimate(await engine.describe(folderOf(model)), precision, sizes)
                await work.run(engine, folderOf(model), precision, sizes)
                const { peakRssBytes } = await engine.usage()
                return { estimatedGb: estimated / 1e9, share: estimated / peakRssBytes }
              }),
            ],
          }),
        ),
      ),
    ),
  table,
})
