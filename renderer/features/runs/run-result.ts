import type { RunListing } from '../../../main/shared/contract/runs-contract.ts'

/** A share that says what a run has achieved. */
export interface RunResult {
  readonly share: number | null
  readonly low: number | null
  readonly high: number | null
  readonly chance: number | null
  /** What it is a share of. */
  readonly what: string
  /** Who judged, and how many verdicts can't be read; null: programs decided. */
  readonly judged: { readonly judge: string; readonly unreadable: number } | null
}

/** What programs measured of a run's newest model, otherwise that model's win rate; null: neither was measured. */
export function runResult({ followed, win_rate: rate }: RunListing): RunResult | null {
  if (followed !== null) {
    const { model, met, low, high } = followed
    return { share: met, low, high, chance: null, what: `${model} follows`, judged: null }
  }
  if (rate === null) return null
  const { model, against, judge, win_rate, low, high, unreadable } = rate
  return { share: win_rate, low, high, chance: 0.5, what: `${model} v ${against}`, judged: { judge, unreadable } }
}
