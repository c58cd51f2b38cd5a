import type { StageTime } from '../loop/run-time.ts'

/** A stage of a finished run: what was estimated for it and what it took, seconds. */
export interface StageRecord {
  readonly run: string
  readonly kind: string
  readonly estimated: number
  readonly taken: number
}

/** Stages whose times are learned together: iteration 0 fine-tunes, later ones train on preferences. */
export const kindOf = (iteration: number, stage: string): string => `${iteration === 0 ? 'first' : 'later'} ${stage}`

/** An estimate corrected by what finished runs took, and the range that it probably lies in. */
export interface CorrectedTimes {
  readonly stages: readonly StageTime[]
  readonly seconds: number
  readonly low: number
  readonly high: number
  /** Runs it was learned from. */
  readonly runs: number
}

/** What nothing was learned of may take half or twice as long. */
const UNKNOWN = 2
/** Even where finished runs agree, the next one may differ by this. */
const LEAST_SPREAD = 1.25
/** A factor beyond this says more about that run (a laptop that slept) than about the machine. */
const MOST = 8

/**
 * Correct an estimate stage by stage: by the median of taken / estimated over finished runs. The spread of those ratios is the range's.
 */
export function correctedTimes(stages: readonly StageTime[], records: readonly StageRecord[]): CorrectedTimes {
  const byKind = Map.groupBy(records, ({ kind }) => kind)
  const all = ratiosOf(records)
  const corrected = stages.map((one) => {
    const ratios = ratiosOf(byKind.get(kindOf(one.iteration, one.stage)) ?? [])
    const factor = ratios.length > 0 ? median(ratios) : all.length > 0 ? median(all) : 1
    const spread = ratios.length > 0 ? spreadOf(ratios, factor) : UNKNOWN
    return { time: { ...one, seconds: one.seconds * factor }, spread }
  })
  const sum = (value: (one: (typeof corrected)[number]) => number): number => corrected.reduce((total, one) => total + value(one), 0)
  return {
    stages: corrected.map(({ time }) => time),
    seconds: sum(({ time }) => time.seconds),
    low: sum(({ time, spread }) => time.seconds / spread),
    high: sum(({ time, spread }) => time.seconds * spread),
    runs: new Set(records.map(({ run }) => run)).size,
  }
}

const ratiosOf = (records: readonly StageRecord[]): number[] =>
  records.flatMap(({ estimated, taken }) => (estimated > 0 && taken > 0 ? [Math.min(MOST, Math.max(1 / MOST, taken / estimated))] : []))

/** How far ratios lie from their median, as a factor. One run alone says little of that. */
function spreadOf(ratios: readonly number[], middle: number): number {
  const furthest = Math.max(...ratios.map((ratio) => Math.max(ratio / middle, middle / ratio)))
  return Math.min(UNKNOWN, Math.max(LEAST_SPREAD, ratios.length < 2 ? 1.5 : furthest))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
