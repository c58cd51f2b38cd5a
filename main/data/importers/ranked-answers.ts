import type { JsonLine } from '../../common/jsonl.ts'
import type { DataFormat } from '../../shared/enums.ts'
import { type Imported, type InstructionExample, promptKey, type RankedAnswer, type RankedPrompt } from '../imported.ts'
import { rankField, textField } from './fields.ts'
import { importedAs, type Notes, newNotes, readRows, tell } from './read-rows.ts'

/**
 * Ranked answers, one per row: {question, answer, rank}, where 0 is the best rank. Rows of one question needn't be adjacent. An answer that
 * duplicates another one word for word counts once, with the better rank; the other row is skipped, with a note. The answer with rank 0 is
 * also an instruction example.
 */
export function importRankedAnswers(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const read = readRows(rows, notes, (fields, line) => ({
    question: textField(fields, 'question'),
    answer: { line, text: textField(fields, 'answer'), rank: rankField(fields, 'rank') },
  }))
  return rankedFrom('ranked-answers', read, notes)
}

/** An answer and its question. */
export interface PlacedAnswer {
  readonly question: string
  readonly answer: RankedAnswer
}

/** Answers grouped by question, best first. */
export function rankedFrom(format: DataFormat, read: readonly PlacedAnswer[], notes: Notes): Imported {
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
    notes.skipped.push({ line: dropped.line, reason: `duplicate of the answer in line ${kept.line}, with no better rank` })
  }
  const ranked = [...groups.values()].map(
    ({ prompt, answers }): RankedPrompt => ({ prompt, answers: [...answers.values()].sort((a, b) => a.rank - b.rank) }),
  )
  const instructions = bestAnswers(ranked)
  if (ranked.length > 0 && instructions.length === 0) tell(notes, 'No answer has the best rank (0), so there is no example to imitate.')
  return importedAs(format, notes, { instructions, ranked })
}

/** One best answer per prompt. Rank 0 exactly: the best of the remaining answers isn't necessarily good. */
function bestAnswers(ranked: readonly RankedPrompt[]): InstructionExample[] {
  return ranked.flatMap(({ prompt, answers }) => {
    const best = answers.find((answer) => answer.rank === 0)
    return best === undefined ? [] : [{ line: best.line, prompt, response: best.text }]
  })
}
