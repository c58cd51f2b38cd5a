import { median } from '../../main/common/numbers.ts'
import type { Figure } from './benchmark.ts'
import type { Machine } from './machine.ts'
import type { SideRuns } from './rounds.ts'
import { advantage } from './statistics.ts'

/** What one run of a benchmark measured. */
export interface Results {
  readonly name: string
  readonly title: string
  readonly date: string
  readonly machine: Machine
  readonly threads: number
  readonly rounds: number
  readonly sizes: Readonly<Record<string, number>>
  readonly figures: readonly Figure[]
  readonly cases: readonly CaseResults[]
}

export interface CaseResults {
  readonly name: string
  readonly sides: readonly SideResults[]
  /** How many times better the first side is than the second, by figure. */
  readonly ratios: Readonly<Record<string, number>>
}

export interface SideResults extends SideRuns {
  readonly medians: Readonly<Record<string, number>>
}

/** The median of every figure of each side, and the first side's advantage over the second. */
export function summarise(name: string, sides: readonly SideRuns[], figures: readonly Figure[]): CaseResults {
  const withMedians = sides.map((side) => ({ ...side, medians: mediansOf(side) }))
  const [ours, theirs] = withMedians.map(({ medians }) => medians)
  const shared = figures.filter(({ key }) => ours?.[key] !== undefined && theirs?.[key] !== undefined)
  const ratios = Object.fromEntries(shared.map(({ key, better }) => [key, advantage(ours[key], theirs[key], better)]))
  return { name, sides: withMedians, ratios }
}

function mediansOf({ runs }: SideRuns): Record<string, number> {
  const keys = new Set(runs.flatMap(({ figures }) => Object.keys(figures)))
  return Object.fromEntries([...keys].map((key) => [key, median(runs.flatMap(({ figures }) => figures[key] ?? []))]))
}
