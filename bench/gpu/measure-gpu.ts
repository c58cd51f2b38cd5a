import { cpus, release, totalmem, type } from 'node:os'
import { nvidiaGpus } from '../../main/common/nvidia-gpus.ts'
import { compareFigures, peaksOf } from './compare-figures.ts'
import { type AdapterFacts, type GpuReport, gpuReport, type PartResult } from './report-schema.ts'
import { type Part, type PartOutcome, runPart } from './run-part.ts'

interface Measurement {
  readonly parts: readonly Part[]
  readonly limitSeconds: number
  readonly sizes: string
  readonly laurel: string
  /** Called after each part with the report up to then: a machine may be taken away at any moment. */
  readonly onPart: (report: GpuReport, part: PartResult) => void
  /** What tests replace. */
  readonly run?: typeof runPart
  readonly timeOver?: (seconds: number) => AbortSignal
  readonly now?: () => number
}

/** All parts, one after the other: the card is measured alone. Each has its own time, and all of them share the whole. */
export async function measureGpu({ parts, limitSeconds, sizes, laurel, onPart, ...tools }: Measurement): Promise<GpuReport> {
  const { run = runPart, timeOver = afterSeconds, now = () => performance.now() / 1000 } = tools
  const begin = now()
  const nvidia = (await nvidiaGpus()).map(({ name, bytes, driver, capability }) => ({
    ...{ name, driver, capability, bytes: Number.isFinite(bytes) ? bytes : null },
  }))
  const results: PartResult[] = []
  let adapter: AdapterFacts | null = null
  for (const part of parts) {
    const left = limitSeconds - (now() - begin)
    const outcome = left > 0 ? await run(part, { signal: timeOver(Math.min(part.limitSeconds, left)) }) : notStarted(part, limitSeconds)
    const { adapter: found, ...result } = outcome
    adapter ??= found
    results.push(result)
    onPart(report(), result)
  }
  return gpuReport.parse(report()) // what was measured is stored by now

  function report(): GpuReport {
    const figures = results.flatMap((result) => result.figures)
    return {
      version: 1,
      at: new Date().toISOString(),
      ...{ laurel, sizes, limitSeconds, adapter, nvidia, parts: results },
      seconds: now() - begin,
      machine: machine(),
      peaks: peaksOf(figures),
      figures: compareFigures(figures),
    }
  }
}

const afterSeconds = (seconds: number): AbortSignal => AbortSignal.timeout(seconds * 1000)

const notStarted = ({ name, limitSeconds }: Part, all: number): PartOutcome => ({
  ...{ name, status: 'not started', error: `the ${all} s of the whole measurement were over`, seconds: 0, limitSeconds },
  ...{ notes: [], versions: {}, figures: [], adapter: null },
})

const machine = (): GpuReport['machine'] => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${type()} ${release()}`,
  node: process.versions.node,
})
