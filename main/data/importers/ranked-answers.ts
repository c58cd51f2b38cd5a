import type { JsonLine } from '../../common/jsonl.ts'
import { type Format, type Imported, type InstructionExample, promptKey, type RankedAnswer, type RankedPrompt } from '../imported.ts'
import { rankField, textField } from './fields.ts'
import { importedAs, type Notes, newNotes, readRows, tell } from './rows.ts'

/**
 * Ranked answers, one a row: {question, answer, rank}, rank 0 the best. Rows of one question need not stand together.
 * An answer that repeats another of its question word for word counts once, with the better of its ranks; the other row
 * is noted as skipped. The answer of rank 0 is also an instruction example.
 */
export function importRankedAnswers(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const read = readRows(rows, notes, (fields, line) => ({
    question: textField(fields, 'question'),
    answer: { line, text: textField(fields, 'answer'), rank: rankField(fields, 'rank') },
  }))
  return rankedFrom('ranked-answers', read, notes)
}

/** An answer and what it answers. */
export interface PlacedAnswer {
  readonly question: string
  readonly answer: RankedAnswer
}

/** Answers gathered by what they answer, best first. */
export function rankedFrom(format: Format, read: readonly PlacedAnswer[], notes: Notes): Imported {
  const groups = new Map<string, { prompt: string; answers: Map<string, RankedAnswer> }>()
  for (const { question, answer } of read) {
    const key = promptKey(question)
    const group = groups.get(key) ?? { prompt: question, answers: new Map() }
    groups.set(key, group)
    const twin = group.answers.get(answer.text)
    if (twin === undefined) {
      group.answers.set(answer.text, answer)
      continue
    }
    const [kept, dropped] = answer.rank < twin.rank ? [answer, twin] : [twin, answer]
    group.answers.set(answer.text, kept)
    notes.skipped.push({ line: dropped.line, reason: `the answer of line ${kept.line} again, ranked no better` })
  }
  const ranked = [...groups.values()].map(
    ({ prompt, answers }): RankedPrompt => ({ prompt, answers: [...answers.values()].sort((a, b) => a.rank - b.rank) }),
  )
  const instructions = bestAnswers(ranked)
  if (ranked.length > 0 && instructions.length === 0) tell(notes, 'No answer has rank 0, the best one, so none is an example to imitate.')
  return importedAs(format, notes, { instructions, ranked })
}

/** The answers people put first (rank 0 exactly: the best of the rest is not good for being all that is left), one a prompt. */
function bestAnswers(ranked: readonly RankedPrompt[]): InstructionExample[] {
  return ranked.flatMap(({ prompt, answers }) => {
    const best = answers.find((answer) => answer.rank === 0)
    return best === undefined ? [] : [{ line: best.line, prompt, response: best.text }]
  })
}
