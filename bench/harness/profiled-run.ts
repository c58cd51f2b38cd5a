import type { Benchmark, Side } from './benchmark.ts'
import type { Options } from './options.ts'
import { profileText } from './profile-report.ts'
import { profiledEngine } from './profiled-engine.ts'
import type { Profiler, Section } from './profiler.ts'

/** Stages that run once, before the measurement starts. */
const onceOnly = ['loading', 'reference'] as const

/** Run a side once with the profiler, and report where its time went. */
export async function profiledRun<Size extends string>(
  benchmark: Benchmark<Size>,
  side: Side<Size>,
  options: Options<Size>,
): Promise<string> {
  let profile: Profiler | undefined
  let before: Section | undefined
  let measured: Section | undefined
  const outcome = await side.run({
    options,
    async startEngine(precision) {
      const started = await profiledEngine(options.threads, precision, options.shapes)
      profile = started.profile
      await started.engine.info() // the backend starts
      profile.section()
      return started.engine
    },
    warm: () => {
      before = profile?.section()
    },
    done: () => {
      measured ??= profile?.section()
    },
  })
  measured ??= profile?.section()
  const once = onceOnly.map((stage) => `${stage} ${(before?.stages.get(stage) ?? 0).toFixed(2)} s`)
  const figures = Object.entries(outcome.figures).map(([key, value]) => `${key} ${value.toPrecision(4)}`)
  const parts = [
    `# ${benchmark.name}, ${side.name}: ${figures.join(', ')}`,
    `Before the measurement: ${once.join(', ')}.`,
    ...(measured ? [profileText(measured)] : []),
    ...(benchmark.explain ? [await benchmark.explain(outcome, options)] : []),
  ]
  return parts.join('\n\n')
}
