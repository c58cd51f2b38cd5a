import type { PowerLaw } from './statistics.ts'

/** One curve with its own axes. */
export interface Panel {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** Drawn as a line and labeled with its exponent. */
  readonly fit: PowerLaw
}

const panelSize = { width: 380, height: 280 }
const margin = { left: 62, right: 16, top: 40, bottom: 46 }
const columns = 2
const ink = { axis: '#555555', grid: '#dddddd', points: '#1f6fb2', fit: '#d1622b', text: '#222222' }

/** Panels as an SVG document with logarithmic axes, so that a power law is a straight line whose slope is its exponent. */
export function logLogPlot(panels: readonly Panel[]): string {
  const width = panelSize.width * Math.min(columns, panels.length)
  const height = panelSize.height * Math.ceil(panels.length / columns)
  const placed = panels.map((panel, i) => {
    const [x, y] = [(i % columns) * panelSize.width, Math.floor(i / columns) * panelSize.height]
    return `<g transform="translate(${x} ${y})">${panelSvg(panel)}</g>`
  })
  return svgDocument({ width, height }, placed)
}

/** Parts on a white ground as an SVG document. */
export function svgDocument({ width, height }: { readonly width: number; readonly height: number }, parts: readonly string[]): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">`
  return `${[head, `<rect width="${width}" height="${height}" fill="#ffffff"/>`, ...parts, '</svg>'].join('\n')}\n`
}

function panelSvg({ title, xLabel, yLabel, points, fit }: Panel): string {
  const xs = points.map(([x]) => x)
  const [x, xTicks] = logAxis(xs, margin.left, panelSize.width - margin.right)
  const [y, yTicks] = logAxis(
    points.map((point) => point[1]),
    panelSize.height - margin.bottom,
    margin.top,
  )
  const ends = [Math.min(...xs), Math.max(...xs)].map((at) => `${number(x(at))},${number(y(fit.factor * at ** fit.exponent))}`)
  const bottom = panelSize.height - margin.bottom
  const right = panelSize.width - margin.right
  return [
    text(margin.left, 18, title, 'font-weight="bold"'),
    text(margin.left, 32, `exponent ${fit.exponent.toFixed(2)}`, '', ink.fit),
    ...xTicks.map((tick) => line(x(tick), margin.top, x(tick), bottom, ink.grid) + text(x(tick), bottom + 14, short(tick), middle)),
    ...yTicks.map(
      (tick) => line(margin.left, y(tick), right, y(tick), ink.grid) + text(margin.left - 6, y(tick) + 4, short(tick), 'text-anchor="end"'),
    ),
    line(margin.left, bottom, right, bottom, ink.axis),
    line(margin.left, margin.top, margin.left, bottom, ink.axis),
    `<polyline points="${ends.join(' ')}" fill="none" stroke="${ink.fit}" stroke-dasharray="5 3"/>`,
    ...points.map(([px, py]) => `<circle cx="${number(x(px))}" cy="${number(y(py))}" r="3.5" fill="${ink.points}"/>`),
    text((margin.left + right) / 2, panelSize.height - 12, xLabel, middle),
    text(0, 0, yLabel, `${middle} transform="translate(14 ${(margin.top + bottom) / 2}) rotate(-90)"`),
  ].join('\n')
}

export const middle = 'text-anchor="middle"'

/** An axis: the position of a value between two coordinates, and the ticks (powers of ten; also 2 and 5 times those below two decades). */
export function logAxis(values: readonly number[], from: number, to: number): [place: (value: number) => number, ticks: number[]] {
  const padding = 1.15
  const [low, high] = [Math.log10(Math.min(...values) / padding), Math.log10(Math.max(...values) * padding)]
  const place = (value: number): number => from + ((Math.log10(value) - low) / (high - low)) * (to - from)
  const steps = high - low < 2 ? [1, 2, 5] : [1]
  const decades = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => 10 ** (Math.floor(low) + i))
  const ticks = decades.flatMap((decade) => steps.map((step) => step * decade))
  return [place, ticks.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high)]
}

export const line = (x1: number, y1: number, x2: number, y2: number, color: string): string =>
  `<line x1="${number(x1)}" y1="${number(y1)}" x2="${number(x2)}" y2="${number(y2)}" stroke="${color}"/>`

export const text = (x: number, y: number, content: string, attributes = '', color = ink.text): string =>
  `<text x="${number(x)}" y="${number(y)}" fill="${color}" ${attributes}>${escaped(content)}</text>`

const escaped = (content: string): string => content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const number = (value: number): string => String(Math.round(value * 100) / 100)

/** 0.05, 20, 5k, 100M. */
export function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))}k`
  return String(Number(value.toPrecision(3)))
}
