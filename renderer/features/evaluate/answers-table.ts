import type { AnsweredPrompt, ArenaBallot, ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import type { ChartTable } from '../../components/charts/chart-table.ts'

/** Whose answer a judge preferred. */
export function outcomeText({ verdict, swapped, model, against }: AnsweredPrompt['verdicts'][number]): string {
  if (verdict === null) return 'unreadable'
  if (verdict === 'tie') return 'tie'
  return (verdict === 'A') === swapped ? against : model
}

/** A row per answer, with the judge's scores, and its verdicts in both orders. */
export function answersTable(rows: readonly AnsweredPrompt[]): ChartTable {
  const preferred = (row: AnsweredPrompt, swapped: boolean): string | null => {
    const verdict = row.verdicts.find((one) => one.swapped === swapped)
    return verdict === undefined ? null : outcomeText(verdict)
  }
  return {
    columns: ['prompt', 'instruction', 'model', 'answer', 'tokens', 'scores', 'preferred', 'preferred_in_other_order'],
    rows: rows.flatMap((row) =>
      row.answers.map(({ model, text, tokens, opinions }) => [
        ...[row.position + 1, row.instruction, model, text, tokens, opinions.map(({ score }) => score ?? '-').join(' ')],
        ...[preferred(row, false), preferred(row, true)],
      ]),
    ),
  }
}

/** A row per vote in the arena, with its reasons. */
export const votesTable = (ballots: readonly ArenaBallot[]): ChartTable => ({
  columns: [
    ...['round', 'model_a', 'model_b', 'vote', 'preferred', 'reasons', 'comment', 'blind', 'seconds'],
    ...['prompt', 'source', 'answer_a', 'answer_b', 'at'],
  ],
  rows: ballots.map(({ roundId, a, b, vote, reasons, comment, isOpen, seconds, prompt, source, textA, textB, at }) => [
    ...[roundId, a, b, vote, vote === 'A' ? a : vote === 'B' ? b : null, reasons.join(', ') || null, comment || null],
    ...[isOpen ? 'no' : 'yes', seconds, prompt, source, textA, textB, at],
  ]),
})

/** A row per evaluation, a column per figure that any of them has. */
export function resultsTable(evaluations: readonly ShownEvaluation[]): ChartTable {
  const names = [...new Set(evaluations.flatMap(({ result }) => Object.keys(result ?? {})))]
  return {
    columns: ['model', 'measured', 'against', 'judge', 'by', 'finished_at', ...names],
    rows: evaluations.map(({ model, kind, against, judge, run, finishedAt, result }) => [
      ...[model, kind, against, judge, run === null ? 'manual' : `${run.name} (${run.id})`, finishedAt],
      ...names.map((name) => result?.[name] ?? null),
    ]),
  }
}
