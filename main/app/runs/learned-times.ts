import { median } from '../../common/numbers.ts'
import type { EngineChoice } from '../../shared/enums.ts'
import type { Store } from '../../store/store.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'

/** The finished runs that times are learned from: the newest with the same backend, precision, and threads. */
export const runsToLearnFrom = (store: Store, engine: EngineChoice): RunRow[] => store.runs.finishedWith(engine, 10)

/** As long as nothing is known of it, a stage may take half or twice as long as estimated. */
export const unknownSpread = 2
/** Of a single time, which says little about the spread. */
export const spreadOfOne = 1.5

/** A likely range: `middle / spread` to `middle * spread`. */
export interface LikelyRange {
  readonly middle: number
  readonly spread: number
}

/** The median, and how far the values are from it, at least by the factor `least`; null: there are none. */
export function likelyRange(values: readonly number[], least: number): LikelyRange | null {
  if (values.length === 0) return null
  const middle = median(values)
  if (values.length === 1 || middle <= 0) return { middle, spread: spreadOfOne }
  const furthest = Math.max(...values.map((value) => Math.max(value / middle, middle / Math.max(value, 1e-9))))
  return { middle, spread: Math.min(unknownSpread, Math.max(least, furthest)) }
}
