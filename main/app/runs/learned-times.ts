import type { StageTime } from '../../loop/run-time.ts'

/** A stage of a finished run, with its estimated and actual seconds. */
export interface StageRecord {
  readonly run: string
  readonly kind: string
  readonly estimated: number
  readonly taken: number
}

/** Stages whose times are learned together: iteration 0 is SFT, later ones train on preferences. */
export const kindOf = (iteration: number, stage: string): string => `${iteration === 0 ? 'first' : 'later'} ${stage}`

/** An estimate corrected by the times of finished runs, with its likely range. */
export interface CorrectedTimes {
  readonly stages: readonly StageTime[]
  readonly seconds: number
  readonly low: number
  readonly high: number
  /** Number of runs it was learned from. */
  readonly runs: number
}

/** Without any record, a stage may take half or twice as long. */
const UNKNOWN = 2
/** Minimum spread, even if finished runs agree. */
const LEAST_SPREAD = 1.25
/** A larger factor tells more about that run (a laptop that slept) than about the machine. */
const MOST = 8

/**
 * Corrects an estimate stage by stage by the median of actual / estimated time over finished runs. The spread of those ratios gives the
 * range.
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

/** Spread of the ratios around their median, as a factor. A single run says little about it. */
function spreadOf(ratios: readonly number[], middle: number): number {
  const furthest = Math.max(...ratios.map((ratio) => Math.max(ratio / middle, middle / ratio)))
  return Math.min(UNKNOWN, Math.max(LEAST_SPREAD, ratios.length < 2 ? 1.5 : furthest))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
