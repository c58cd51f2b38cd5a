/** A short number for an axis: "0.25", "12k", "3e-5". */
export function tick(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e6) return `${trimmed(value / 1e6)}M`
  if (size >= 1e4) return `${trimmed(value / 1e3)}k`
  if (size < 1e-3) return value.toExponential(1).replace('.0e', 'e')
  return trimmed(value)
}

const trimmed = (value: number): string => String(Number(value.toPrecision(3)))

/** A value in four significant digits. */
export function reading(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return 'NaN'
  const size = Math.abs(value)
  if (size !== 0 && size < 1e-3) return value.toExponential(2)
  if (size >= 1e5) return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
  return String(Number(value.toPrecision(4)))
}

/** Round numbers that divide [low, high] into about `wanted` parts. */
export function roundTicks(low: number, high: number, wanted = 4): number[] {
  const span = high - low
  if (!(span > 0)) return [low]
  const rough = span / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Powers of ten in [low, high]; round numbers if there are fewer than two. */
export function logTicks(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9)
  const last = Math.floor(Math.log10(high) + 1e-9)
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i))
  const skip = Math.ceil(powers.length / 6)
  return powers.length >= 2 ? powers.filter((_, i) => i % skip === 0) : roundTicks(low, high, 3).filter((value) => value > 0)
}

/** The range of values for an axis, with some padding; never empty. On a logarithmic axis, only positive values count. */
export function spanOf(values: Iterable<number | null>, log = false): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value === null || (log && value <= 0)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) return log ? [0.1, 1] : [0, 1]
  if (log) return low === high ? [low / 2, high * 2] : [low / (high / low) ** 0.05, high * (high / low) ** 0.05]
  const air = low === high ? Math.max(Math.abs(low) * 0.1, 1e-9) : (high - low) * 0.06
  return [low - air, high + air]
}
