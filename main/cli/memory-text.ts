import { gigabytesText } from '../common/sizes.ts'

/** Memory by purpose, in bytes. */
export type Memory = { readonly total: number } & { readonly [part: string]: number }

/** Smaller parts aren't listed, gigabytes. */
const SHOWN = 0.05

/**
 * Expected memory: `memory: about 2.9 GB: weights 0.8, optimizer 1.1; this machine has 17.3 GB free`. If that isn't enough, adds a warning
 * with a remedy.
 */
export function memoryText(what: string, { total, ...parts }: Memory, free: number, remedy: string): string {
  const shown = Object.entries(parts).filter(([, bytes]) => bytes >= SHOWN * 1e9)
  const list = shown.map(([part, bytes]) => `${part} ${gigabytesText(bytes)}`).join(', ')
  const line = `${what}: about ${gigabytesText(total)} GB: ${list}; this machine has ${gigabytesText(free)} GB free\n`
  return total <= free ? line : `${line}warning: this probably won't fit; ${remedy}\n`
}

/** The same as numbers, for JSON: gigabytes by part. */
export const memoryFigures = (memory: Memory): Record<string, number> =>
  Object.fromEntries(Object.entries(memory).map(([part, bytes]) => [part, Math.round(bytes / 1e7) / 100]))
