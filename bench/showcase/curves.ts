import type { OutsideMeasure } from '../../main/shared/outside-measures.ts'
import { line, middle, svgDocument, text } from '../harness/plot.ts'
import { armNames, arms } from './arms.ts'
import { meanShare } from './report.ts'
import type { ArmResult } from './results.ts'

const size = { width: 620, height: 320 }
const margin = { left: 52, right: 250, top: 36, bottom: 34 }
const models = ['M1', 'M2', 'M3']
const colors = { self: '#1f6fb2', random: '#888888', length: '#b08a3c', 'self-sft': '#8a5fa8' } as const
const gridColor = '#dddddd'
/** Lines end at least this far apart, so that their labels can be read. */
const labelHeight = 14

/** The share of held-out prompts followed, by model, a line for each arm and thin lines for the seeds, as an SVG document. */
export function showcaseCurves(runs: readonly ArmResult[], measure: OutsideMeasure, title: string): string {
  const shares = runs.flatMap((run) => models.flatMap((model) => run.models[model]?.[measure]?.followed ?? []))
  const top = Math.ceil(Math.max(0.1, ...shares) * 10) / 10
  const x = (place: number): number => margin.left + (place / (models.length - 1)) * (size.width - margin.left - margin.right)
  const y = (share: number): number => size.height - margin.bottom - (share / top) * (size.height - margin.top - margin.bottom)
  const pathOf = (values: readonly (number | undefined)[]): string =>
    values.flatMap((share, i) => (share === undefined ? [] : [`${round(x(i))},${round(y(share))}`])).join(' ')
  const lines = arms.flatMap((arm) => {
    const own = runs.filter((run) => run.arm === arm)
    if (own.length === 0) return []
    const seeds = own.map(({ models: of }) => pathOf(models.map((model) => of[model]?.[measure]?.followed)))
    const means = models.map((model) => meanShare(own, model, measure))
    return [{ arm, seeds, means, end: means.at(-1) ?? 0 }]
  })
  const labels = spread(lines.map(({ end }) => y(end)))
  const ticks = Array.from({ length: Math.round(top * 10) + 1 }, (_, i) => i / 10)
  return svgDocument(size, [
    text(margin.left, 20, title, 'font-weight="bold"'),
    ...ticks.map(
      (tick) =>
        line(margin.left, y(tick), size.width - margin.right, y(tick), gridColor) +
        text(margin.left - 8, y(tick) + 4, `${Math.round(100 * tick)} %`, 'text-anchor="end"'),
    ),
    ...models.map((model, i) => text(x(i), size.height - 12, model, middle)),
    ...lines.flatMap(({ arm, seeds, means }, i) => [
      ...seeds.map((points) => `<polyline points="${points}" fill="none" stroke="${colors[arm]}" stroke-opacity="0.3"/>`),
      `<polyline points="${pathOf(means)}" fill="none" stroke="${colors[arm]}" stroke-width="2.5"/>`,
      text(size.width - margin.right + 10, labels[i] + 4, armNames[arm], '', colors[arm]),
    ]),
  ])
}

const round = (value: number): number => Math.round(value * 10) / 10

/** Moves places that are too close to each other apart, downwards. */
function spread(places: readonly number[]): number[] {
  const moved = [...places]
  let last = Number.NEGATIVE_INFINITY
  for (const i of [...places.keys()].sort((a, b) => places[a] - places[b])) {
    moved[i] = Math.max(places[i], last + labelHeight)
    last = moved[i]
  }
  return moved
}
