import { expect, test } from 'vitest'
import { logAxis, logLogPlot, short } from '../../bench/harness/plot.ts'
import { fitPowerLaw } from '../../bench/harness/statistics.ts'

const panelOf = (title: string, exponent: number) => {
  const points = [10, 100, 1000].map((x): [number, number] => [x, 2 * x ** exponent])
  return { title, xLabel: 'tokens', yLabel: 'seconds', points, fit: fitPowerLaw(points) }
}

test('equal factors are equal distances on a logarithmic axis', () => {
  const [place] = logAxis([1, 1000], 0, 300)
  expect(place(10) - place(1)).toBeCloseTo(place(100) - place(10), 9)
})

test('all values are within the axis, the smallest at its start', () => {
  const [place] = logAxis([256, 4096], 60, 360)
  expect(place(256)).toBeGreaterThan(60)
  expect(place(4096)).toBeLessThan(360)
})

test('ticks are powers of ten, and finer if there are few', () => {
  expect(logAxis([1, 10_000], 0, 1)[1]).toEqual([1, 10, 100, 1000, 10_000])
  expect(logAxis([256, 4096], 0, 1)[1]).toEqual([500, 1000, 2000])
})

test('every panel has its points, exponent, and labels', () => {
  const svg = logLogPlot([panelOf('by length', 2), panelOf('by batch', 0.5)])
  expect(svg.match(/<circle/g)).toHaveLength(6)
  for (const text of ['by length', 'by batch', 'exponent 2.00', 'exponent 0.50', 'tokens', 'seconds']) expect(svg).toContain(text)
})

test('the points of a power law are on the fitted line', () => {
  const svg = logLogPlot([panelOf('exact', 1.5)])
  const [first, last] = (/points="([^"]+)"/.exec(svg)?.[1] ?? '').split(' ')
  const circles = [...svg.matchAll(/cx="([^"]+)" cy="([^"]+)"/g)].map(([, x, y]) => `${x},${y}`)
  expect(circles[0]).toBe(first)
  expect(circles[2]).toBe(last)
})

test('markup in a title is escaped', () => {
  expect(logLogPlot([panelOf('a < b & c', 1)])).toContain('a &lt; b &amp; c')
})

test('large numbers are abbreviated', () => {
  expect([0.05, 20, 4096, 10_000, 134_515_008].map(short)).toEqual(['0.05', '20', '4.1k', '10k', '135M'])
})
