import { z } from 'zod'
import { describeIssues } from '../../common/describe-issues.ts'
import { readJsonLines } from '../../common/jsonl.ts'
import { badInput } from '../../shared/errors.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import { outcomeOf } from '../win-rate.ts'
import { type Compared, type Grade, gradeFigures, rateFigures } from './scores.ts'

/** FastChat's score of a judgement without a readable grade; other programs write null or NaN. */
export const unparsedScore = -1

const common = {
  question_id: z.union([z.int(), z.string()]),
  /** The judge's name, or its name and that of the prompt. */
  judge: z.union([z.string(), z.array(z.string()).min(1)]).default(''),
  turn: z.int().min(1),
}
const gradedRow = z.object({ ...common, model: z.string(), score: z.number().nullable() })
const winner = z.enum(['model_1', 'model_2', 'tie', 'error'])
const comparedRow = z.object({ ...common, model_1: z.string(), model_2: z.string(), g1_winner: winner, g2_winner: winner })

/** A row of FastChat's `model_judgment/*_single.jsonl`, as far as it is read. */
export type GradedRow = z.input<typeof gradedRow>
/** A row of `model_judgment/*_pair.jsonl`. */
export type ComparedRow = z.input<typeof comparedRow>

/** A model's scores by a judge; of comparisons, its rates over all of its opponents. */
export interface ScoredModel {
  readonly model: string
  readonly judge: string
  readonly figures: Figures
}

const remedy =
  "Each line needs {question_id, model, judge, score, turn}, or {question_id, model_1, model_2, judge, g1_winner, g2_winner, turn}, as in FastChat's model_judgment."

/**
 * The scores of each model by each judge in a file of FastChat's judgements, the best first. `categoryOf`: null for an unknown question. Throws
 * BAD_INPUT that names the line.
 */
export function scoresOfJudgements(path: string, categoryOf: (question: string) => string | null): ScoredModel[] {
  const lines = readJsonLines(path)
  if (lines.length === 0) throw badInput(`${path}: has no rows`, remedy)
  const first = z.looseObject({}).safeParse(lines[0].value)
  const scored =
    first.success && 'g1_winner' in first.data
      ? scoredBy(sidesOf(rowsOf(path, comparedRow, lines), categoryOf), rateFigures)
      : scoredBy(gradesOf(rowsOf(path, gradedRow, lines), categoryOf), gradeFigures)
  return scored.sort((a, b) => rank(b) - rank(a))
}

/** What a judgement says of one model. */
type Said<Row> = Row & { readonly model: string; readonly judge: string }

const gradesOf = (rows: readonly z.output<typeof gradedRow>[], categoryOf: (question: string) => string | null): Said<Grade>[] =>
  rows.map(({ question_id, model, judge, score, turn }) => ({
    ...{ model, judge: judgeName(judge), turn, category: categoryOf(String(question_id)) },
    score: score === unparsedScore ? null : score,
  }))

/** Each comparison from the view of both models. */
function sidesOf(rows: readonly z.output<typeof comparedRow>[], categoryOf: (question: string) => string | null): Said<Compared>[] {
  return rows.flatMap(({ question_id, model_1, model_2, judge, g1_winner, g2_winner, turn }) => {
    const place = { judge: judgeName(judge), turn, category: categoryOf(String(question_id)) }
    const [one, two] = [outcomeFor('model_1', g1_winner, g2_winner), outcomeFor('model_2', g1_winner, g2_winner)]
    return [
      { ...place, model: model_1, outcome: one },
      { ...place, model: model_2, outcome: two },
    ]
  })
}

type Winner = z.output<typeof winner>

/** The winners are named in either order of the answers, so the two verdicts are about sides A and B in the first order, B and A in the second. */
function outcomeFor(model: 'model_1' | 'model_2', first: Winner, second: Winner) {
  const verdict = (named: Winner, own: 'A' | 'B') =>
    named === 'error' ? null : named === 'tie' ? 'tie' : named === model ? own : own === 'A' ? 'B' : 'A'
  return outcomeOf({ first: verdict(first, 'A'), second: verdict(second, 'B') })
}

const judgeName = (judge: string | readonly string[]): string => (typeof judge === 'string' ? judge : judge[0])

const scoredBy = <Row>(said: readonly Said<Row>[], measure: (rows: readonly Row[]) => Figures): ScoredModel[] =>
  [...Map.groupBy(said, ({ model, judge }) => JSON.stringify([model, judge])).values()].map((own) => ({
    ...{ model: own[0].model, judge: own[0].judge, figures: measure(own) },
  }))

const rank = ({ figures }: ScoredModel): number => figures.score ?? figures.win_rate_adjusted ?? Number.NEGATIVE_INFINITY

const rowsOf = <Schema extends z.ZodType>(path: string, schema: Schema, lines: ReturnType<typeof readJsonLines>): z.output<Schema>[] =>
  lines.map(({ line, value }) => {
    const { data, error } = schema.safeParse(value)
    if (error !== undefined) throw badInput(`${path}:${line}: ${describeIssues(error)}`, remedy)
    return data
  })
