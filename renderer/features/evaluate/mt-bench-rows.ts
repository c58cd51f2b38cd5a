import type { ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import type { Figures } from '../../../main/shared/evaluation-settings.ts'
import { type ByPart, partsOfFigures } from '../../../main/shared/mt-bench-scores.ts'
import type { ChartTable } from '../../components/charts/chart-table.ts'
import { moment } from '../../components/format.ts'

/** More lines would be hard to distinguish. */
export const mostCompared = 4

const dashes = [undefined, '7 3', '2 3', '8 3 2 3'] as const

/** A finished MT-Bench evaluation. */
export interface MtBenchResult {
  readonly id: number
  readonly model: string
  /** '': the answers were graded. */
  readonly against: string
  readonly judge: string
  readonly finished: string
  readonly parts: ByPart
}

/** Finished MT-Bench evaluations, newest first. */
export const mtBenchResults = (evaluations: readonly ShownEvaluation[]): MtBenchResult[] =>
  evaluations.flatMap(({ id, kind, model, against, judge, result, finishedAt }) =>
    kind !== 'mt-bench' || result === null
      ? []
      : [{ id, model, against, judge, finished: moment(finishedAt), parts: partsOfFigures(result) }],
  )

/** The results to draw: those chosen, or the newest. Only grades have a common scale. */
export function drawnOf(results: readonly MtBenchResult[], chosen: readonly string[] | null): MtBenchResult[] {
  const graded = results.filter(({ against }) => against === '')
  return (chosen === null ? graded : graded.filter(({ id }) => chosen.includes(String(id)))).slice(0, mostCompared)
}

/** The categories of some results, in the order of the first. */
export const categoriesOf = (results: readonly MtBenchResult[]): string[] => [
  ...new Set(results.flatMap(({ parts }) => Object.keys(parts.categories))),
]

/** The appearance of the drawn results: a color, and a dash pattern for users who can't distinguish colors. */
export const lookOf = (place: number): { readonly color: string; readonly dash: string | undefined } => ({
  ...{ color: `var(--run-${place + 1})`, dash: dashes[place] },
})

/** The figure of a part that is shown: a mean grade, or a win rate with ties as half wins. */
export const mainFigure = (figures: Figures | undefined): number | null => figures?.score ?? figures?.win_rate_adjusted ?? null

/** Scores by category, for reading and for spreadsheets. */
export function scoreTable(results: readonly MtBenchResult[]): ChartTable {
  const categories = categoriesOf(results)
  return {
    columns: ['Model', 'Judge', 'Overall', 'Turn 1', 'Turn 2', ...categories, 'n', 'Unparsed'],
    rows: results.map(({ model, judge, parts: { all, turns, categories: own } }) => [
      ...[model, judge, mainFigure(all), mainFigure(turns['1']), mainFigure(turns['2'])],
      ...categories.map((category) => mainFigure(own[category])),
      ...[all.n ?? null, all.unparsed ?? null],
    ]),
  }
}
