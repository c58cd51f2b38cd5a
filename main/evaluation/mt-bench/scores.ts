import { meanOrNull } from '../../common/numbers.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import { type ByPart, figuresByPart } from '../../shared/mt-bench-scores.ts'
import { countOutcomes, type Outcome } from '../win-rate.ts'

/** What a judgement is about. The category is null if the question isn't known. */
interface Place {
  /** 1 or 2. */
  readonly turn: number
  readonly category: string | null
}

/** A judge's grade of one answer; null if none could be read. */
export interface Grade extends Place {
  readonly score: number | null
}

/**
 * MT-Bench's scores as FastChat's `show_result.py` computes them: the mean of all grades, over questions and turns alike, and the same by turn
 * and by category. Where FastChat writes -1 for a judgement without a grade and drops the row, it is counted as unparsed.
 */
export const gradeFigures = (grades: readonly Grade[]): Figures =>
  figuresByPart(
    byPart(grades, (some) => {
      const scores = some.flatMap(({ score }) => score ?? [])
      return { score: meanOrNull(scores), n: scores.length, unparsed: some.length - scores.length }
    }),
  )

/** The outcome of one comparison in both orders; null if a verdict couldn't be read. */
export interface Compared extends Place {
  readonly outcome: Outcome | null
}

/**
 * MT-Bench's pairwise rates as FastChat computes them: a win only where both orders agree, a disagreement is a tie, and errors are left out.
 * `win_rate` is wins / n, `win_rate_adjusted` (wins + ties / 2) / n, with Wilson's interval as `low` and `high`.
 */
export const rateFigures = (compared: readonly Compared[]): Figures =>
  figuresByPart(
    byPart(compared, (some) => {
      const { wins, ties, losses, unreadable: unparsed, winRate, interval } = countOutcomes(some.map(({ outcome }) => outcome))
      const n = wins + ties + losses
      const share = (count: number): number | null => (n === 0 ? null : count / n)
      const counts = { n, wins, ties, losses, unparsed }
      return { win_rate_adjusted: winRate, ...interval, win_rate: share(wins), loss_rate: share(losses), ...counts }
    }),
  )

function byPart<Row extends Place>(rows: readonly Row[], measure: (rows: readonly Row[]) => Figures): ByPart {
  const groups = (nameOf: (row: Row) => string | null): Record<string, Figures> => {
    const named = rows.flatMap((row) => {
      const name = nameOf(row)
      return name === null ? [] : [{ name, row }]
    })
    const grouped = [...Map.groupBy(named, ({ name }) => name)]
    return Object.fromEntries(grouped.map(([name, own]) => [name, measure(own.map(({ row }) => row))]))
  }
  return { all: measure(rows), turns: groups(({ turn }) => String(turn)), categories: groups(({ category }) => category) }
}
