import { type Curve, curves, type GrowthSize } from './growth/curves.ts'
import { logLogPlot, short } from './harness/plot.ts'
import type { CaseResults, Results } from './harness/results.ts'
import { runBenchmark } from './harness/run-benchmark.ts'
import { fitPowerLaw } from './harness/statistics.ts'
import { markdownTable, rounded } from './harness/table.ts'

const caseName = (curve: Curve, x: number): string => `${curve.name}: ${short(x)}`

/** The measured points of a curve. */
function pointsOf(curve: Curve, cases: readonly CaseResults[]): [number, number][] {
  return curve.xs.flatMap((x): [number, number][] => {
    const seconds = cases.find(({ name }) => name === caseName(curve, x))?.sides[0].medians.seconds
    return seconds === undefined ? [] : [[x, seconds]]
  })
}

const fitted = ({ cases }: Results) =>
  curves.flatMap((curve) => {
    const points = pointsOf(curve, cases)
    return points.length < 2 ? [] : [{ ...curve, title: curve.name, points, fit: fitPowerLaw(points) }]
  })

function table(results: Results): string {
  const rows = fitted(results).map(({ name, yLabel, points, fit }) => [
    name,
    points.map(([x, seconds]) => `${short(x)}: ${rounded(seconds)}`).join(', '),
    yLabel,
    `**${fit.exponent.toFixed(2)}**`,
  ])
  const header = ['curve', 'measured', 'unit', 'exponent']
  return [markdownTable(header, rows), '', '![Cost by size, log-log](growth.svg)'].join('\n')
}

await runBenchmark<GrowthSize>({
  name: 'growth',
  title: 'Seconds by size, with the exponent of the power law fitted to each curve (1 means proportional). Random weights.',
  sizes: { length: 4096, batch: 128, parameters: 400_000_000, pairs: 10_000 },
  figures: [{ key: 'seconds', label: 'seconds', better: 'lower' }],
  cases: ({ precisions, sizes }) =>
    curves.flatMap((curve) =>
      curve.xs
        .filter((x) => x <= sizes[curve.limit])
        .map((x) => ({
          name: caseName(curve, x),
          sides: [
            {
              name: 'Laurel',
              run: async (context) => ({ figures: { seconds: await curve.measure(x, precisions[precisions.length - 1], context) } }),
            },
          ],
        })),
    ),
  table,
  files: (results) => ({ 'growth.svg': logLogPlot(fitted(results)) }),
})
