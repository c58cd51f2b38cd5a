import { durationText } from '../../main/shared/duration-text.ts'

/** Number formats of the window. A missing value is a dash. */

const dash = '–'

/** Between parts of a line. It never starts a line that wraps. */
export const dot = '\u00a0· '

export const count = (value: number | null | undefined): string => (value == null ? dash : value.toLocaleString('en-US'))

export const fixed = (value: number | null | undefined, digits = 2): string =>
  value == null || !Number.isFinite(value) ? dash : value.toFixed(digits)

export const percent = (share: number | null | undefined, digits = 0): string =>
  share == null || !Number.isFinite(share) ? dash : `${(100 * share).toFixed(digits)}%`

export const duration = (seconds: number | null | undefined): string =>
  seconds == null || !Number.isFinite(seconds) ? dash : durationText(seconds)

/** "12 to 18 min", "40 to 90 s", "about 2 h": a likely range, in the unit of its end. */
export function durationRange(low: number, high: number): string {
  const [size, unit] = high < 100 ? [1, 's'] : high < 6000 ? [60, 'min'] : ([3600, 'h'] as const)
  const text = (seconds: number): string => {
    const value = seconds / size
    return String(value >= 10 || unit === 's' ? Math.round(value) : Number(value.toFixed(unit === 'h' ? 1 : 0)))
  }
  const [from, to] = [text(low), text(high)]
  return from === to ? `about ${to} ${unit}` : `${from} to ${to} ${unit}`
}

/** "about 40 s", "about 3 min", "about 2 h": an estimate that is good to one digit. */
export function aboutDuration(seconds: number): string {
  const [size, unit] = seconds < 60 ? [1, 's'] : seconds < 3600 ? [60, 'min'] : ([3600, 'h'] as const)
  return `about ${Math.max(1, Number((seconds / size).toPrecision(1)))} ${unit}`
}

/** "3.2 MB", "14 GB": powers of 1000. */
export function bytes(value: number | null | undefined): string {
  if (value == null) return dash
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  const scaled = value / 1000 ** power
  return `${scaled >= 100 || power === 0 ? Math.round(scaled) : scaled.toPrecision(2)} ${units[power]}`
}

/** "14:05" today, "26 Nov 14:05" earlier this year, "26 Nov 2025" before that. */
export function moment(iso: string | null | undefined, now = new Date()): string {
  if (iso == null) return dash
  const date = new Date(iso)
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  if (date.toDateString() === now.toDateString()) return time
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
  return date.getFullYear() === now.getFullYear() ? `${day} ${time}` : `${day} ${date.getFullYear()}`
}

/** "805 k", "135 M", "1.1 B": a count in at most three significant digits. */
export function quantity(value: number | null | undefined): string {
  if (value == null) return dash
  const units = ['', ' k', ' M', ' B', ' T']
  const power = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  const scaled = value / 1000 ** power
  return `${scaled >= 10 || power === 0 ? Math.round(scaled) : scaled.toPrecision(2)}${units[power]}`
}
