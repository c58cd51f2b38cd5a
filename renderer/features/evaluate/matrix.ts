import type { ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import { judgedText } from '../../components/comparisons.ts'
import { percent } from '../../components/format.ts'

interface Cell {
  readonly rate: number
  /** Who judged, and how much couldn't be read. */
  readonly by: string
  /** The interval, n, and how many measurements there are. */
  readonly about: string
}

/** A model's name in the matrix: models of different runs have the same names. */
const nameOf = (name: string, run: ShownEvaluation['run']): string => (run === null ? name : `${name} of ${run.name}`)

/**
 * Win rates between every two models, seen from both. Of several measurements of a pair, the newest counts: another judge or other prompts
 * measure something else, so they aren't pooled.
 */
export function winRateMatrix(evaluations: readonly ShownEvaluation[]): {
  models: string[]
  cellOf: (row: string, column: string) => Cell | undefined
} {
  const cells = new Map<string, Cell>()
  const models = new Set<string>()
  const measured = Map.groupBy(
    evaluations.filter(({ kind, result }) => kind === 'head-to-head' && typeof result?.win_rate === 'number'),
    ({ model, against, run }) => JSON.stringify([nameOf(model, run), nameOf(against, run)].toSorted()),
  )
  for (const ofPair of measured.values()) {
    const [newest] = ofPair.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
    const { model, against, run, judge, result } = newest
    const [row, column] = [nameOf(model, run), nameOf(against, run)]
    const [rate, low, high] = [result!.win_rate!, result!.low ?? null, result!.high ?? null]
    const others = ofPair.length === 1 ? '' : `; the newest of ${ofPair.length} measurements`
    const about = (from: number | null, to: number | null): string =>
      `95%: ${percent(from)} to ${percent(to)}; n = ${result!.n ?? '–'}${others}`
    const by = judgedText({ judge, unreadable: result!.unreadable ?? 0 })
    models.add(row).add(column)
    cells.set(JSON.stringify([row, column]), { rate, by, about: about(low, high) })
    const [least, most] = [high === null ? null : 1 - high, low === null ? null : 1 - low]
    cells.set(JSON.stringify([column, row]), { rate: 1 - rate, by, about: about(least, most) })
  }
  return {
    models: [...models].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    cellOf: (row, column) => cells.get(JSON.stringify([row, column])),
  }
}
