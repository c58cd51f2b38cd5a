/**
 * Where two runs' contents differ (`contentOfRun`), as `pairs.0.chosen: 1 and 2`. Whole numbers and texts must be equal; other numbers within
 * `near`, or within a tenth of that share where they are large: sums of many log-probabilities are. Hashes of weights aren't compared, since
 * the weights' last bits aren't either.
 */
export function differencesOf(one: unknown, other: unknown, near: number, place = ''): string[] {
  const at = (key: string | number): string => (place === '' ? `${key}` : `${place}.${key}`)
  if (isNumber(one) && isNumber(other) && !(Number.isInteger(one) && Number.isInteger(other))) {
    return Math.abs(one - other) <= near * Math.max(1, Math.abs(one) / 10) ? [] : [`${place}: ${one} and ${other}`]
  }
  if (isJson(one) && isJson(other)) return differencesOf(JSON.parse(one), JSON.parse(other), near, place)
  if (Array.isArray(one) && Array.isArray(other)) {
    if (one.length !== other.length) return [`${place}: ${one.length} and ${other.length} of them`]
    return one.flatMap((value, i) => differencesOf(value, other[i], near, at(i)))
  }
  if (isRecord(one) && isRecord(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => key !== 'sha256')
    return keys.flatMap((key) => differencesOf(one[key], other[key], near, at(key)))
  }
  return Object.is(one, other) ? [] : [`${place}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`]
}

const isNumber = (value: unknown): value is number => typeof value === 'number'
const isJson = (value: unknown): value is string => typeof value === 'string' && /^[[{]/.test(value)
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

type Content = Readonly<Record<string, readonly unknown[]>>

/** Where the contents of two runs differ whose trainings were done by different engines: of a training's metrics, those that both report. */
export function differencesByEngines(one: Content, other: Content, near: number): string[] {
  const comparable = (a: Content, b: Content) => ({ ...a, metrics: sharedMetrics(a.metrics as Metric[], b.metrics as Metric[]) })
  return differencesOf(comparable(one, other), comparable(other, one), near)
}

interface Metric {
  readonly training: string
  readonly name: string
}

function sharedMetrics(metrics: readonly Metric[], others: readonly Metric[]): Metric[] {
  const names = new Set(others.map(({ training, name }) => `${training} ${name}`))
  return metrics.filter(({ training, name }) => names.has(`${training} ${name}`))
}
