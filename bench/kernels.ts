import { homeFolder } from '../main/common/home.ts'
import { kernelSet } from '../main/engine/backends/kernel-set.ts'
import { startBackend } from '../main/engine/backends/start-backend.ts'
import { findRuntime } from '../main/runtimes/find.ts'
import type { Precision } from '../main/shared/train-config.ts'
import { matmulPeak, requireRuntime } from './harness/peak.ts'
import type { Results } from './harness/results.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { markdownTable, rounded } from './harness/table.ts'
import { attentionKernels } from './kernels/attention-kernels.ts'
import type { KernelEntry, KernelShape } from './kernels/entry.ts'
import { layerKernels } from './kernels/layer-kernels.ts'
import { measureKernel } from './kernels/measure-kernel.ts'
import { outputKernels } from './kernels/output-kernels.ts'

/** A new kernel must be added to one of these lists to be measured. */
const entries: readonly KernelEntry[] = [...layerKernels, ...attentionKernels, ...outputKernels]

let version: string | undefined
const peaks = new Map<Precision, number>()

/** Starts the backend of this process: all kernels and their plain twins are measured in the same process. */
async function started(threads: number): Promise<string> {
  if (version !== undefined) return version
  const runtime = requireRuntime(findRuntime(homeFolder()))
  const info = await startBackend({ backend: 'tensorflow', precision: 'bfloat16', threads, runtimeFolder: runtime.folder })
  if (kernelSet() !== 'native')
    process.stderr.write(
      'This runtime pack has no native kernels, so both columns are the plain formula. Run `laurel runtime install cpu`.\n',
    )
  version = info.version
  return version
}

/** The machine's matmul peak, measured once per precision. */
function peakIn(precision: Precision): number {
  const peak = peaks.get(precision) ?? matmulPeak(precision)
  peaks.set(precision, peak)
  return peak
}

function table(results: Results): string {
  const cells = ({ name, sides: [{ medians: m }] }: Results['cases'][number]): string[] => [
    name,
    rounded(m.fusedMicros),
    rounded(m.plainMicros),
    `**${m.speedup.toFixed(1)}**`,
    rounded(m.gbPerSecond),
    m.gflops === undefined ? '-' : rounded(m.gflops),
    m.peakShare === undefined ? '-' : `${(100 * m.peakShare).toFixed(0)} %`,
  ]
  const header = ['kernel', 'µs', 'plain formula, µs', 'speedup', 'GB/s', 'GFLOP/s', 'share of matmul peak']
  return markdownTable(header, results.cases.map(cells))
}

await runBenchmark<keyof KernelShape>({
  name: 'kernels',
  title: 'Fused kernels compared with the same formulas in plain TensorFlow operations, on tensors of SmolLM2-135M.',
  sizes: {
    ...{ tokens: 1024, hidden: 576, intermediate: 1536, heads: 9, keyValueHeads: 3, headDim: 64, vocabulary: 49_152 },
    ...{ rows: 256, sequences: 64 },
  },
  figures: [{ key: 'fusedMicros', label: 'µs', better: 'lower' }],
  cases: ({ precisions }) =>
    precisions.flatMap((precision) =>
      entries.map((entry) => ({
        name: `${entry.name}, ${precision}`,
        sides: [
          {
            name: 'Laurel',
            async run({ options }) {
              const tensorflow = await started(options.threads)
              return { figures: measureKernel(entry, options.sizes, precision, peakIn(precision)), versions: { tensorflow } }
            },
          },
        ],
      })),
    ),
  table,
})
