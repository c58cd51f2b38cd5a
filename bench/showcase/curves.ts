import type { OutsideMeasure } from '../../main/shared/outside-measures.ts'
import { armNames, arms } from './arms.ts'
import { meanShare } from './report.ts'
import type { ArmResult } from './results.ts'

const size = { width: 620, height: 320 }
const margin = { left: 52, right: 250, top: 36, bottom: 34 }
const models = ['M1', 'M2', 'M3']
const colors = { self: '#1f6fb2', random: '#888888', length: '#b08a3c', 'self-sft': '#8a5fa8' } as const
const ink = { text: '#222222', grid: '#dddddd' }
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
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    `<text x="${margin.left}" y="20" font-weight="bold" fill="${ink.text}">${title}</text>`,
    ...ticks.map(
      (tick) =>
        `<line x1="${margin.left}" y1="${round(y(tick))}" x2="${size.width - margin.right}" y2="${round(y(tick))}" stroke="${ink.grid}"/>` +
        `<text x="${margin.left - 8}" y="${round(y(tick)) + 4}" text-anchor="end" fill="${ink.text}">${Math.round(100 * tick)} %</text>`,
    ),
    ...models.map((model, i) => `<text x="${round(x(i))}" y="${size.height - 12}" text-anchor="middle" fill="${ink.text}">${model}</text>`),
    ...lines.flatMap(({ arm, seeds, means }, i) => [
      ...seeds.map((points) => `<polyline points="${points}" fill="none" stroke="${colors[arm]}" stroke-opacity="0.3"/>`),
      `<polyline points="${pathOf(means)}" fill="none" stroke="${colors[arm]}" stroke-width="2.5"/>`,
      `<text x="${size.width - margin.right + 10}" y="${round(labels[i]) + 4}" fill="${colors[arm]}">${armNames[arm]}</text>`,
    ]),
    '</svg>\n',
  ].join('\n')
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
