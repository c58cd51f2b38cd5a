import type { JsonLine } from '../../common/jsonl.ts'
import { type Imported, type InstructionExample, promptKey, type RankedAnswer, type RankedPrompt } from '../imported.ts'
import { newNotes, rankField, readRows, textField } from './rows.ts'

/**
 * Ranked answers, one a row: {question, answer, rank}, rank 0 the best. Rows of one question need not stand together.
 * An answer that repeats another of its question word for word counts once, with the better of its ranks; the other row
 * is noted as skipped. The answer of rank 0 is also an instruction example.
 */
export function importRankedAnswers(rows: readonly JsonLine[]): Imported {
  const notes = newNotes()
  const groups = new Map<string, { prompt: string; answers: RankedAnswer[] }>()
  const read = readRows(rows, notes, (fields, line) => ({
    question: textField(fields, 'question'),
    answer: { line, text: textField(fields, 'answer'), rank: rankField(fields, 'rank') },
  }))
  for (const { question, answer } of read) {
    const key = promptKey(question)
    const group = groups.get(key) ?? { prompt: question, answers: [] }
    groups.set(key, group)
    const twin = group.answers.findIndex((other) => other.text === answer.text)
    if (twin === -1) {
      group.answers.push(answer)
      continue
    }
    const [kept, dropped] = answer.rank < group.answers[twin].rank ? [answer, group.answers[twin]] : [group.answers[twin], answer]
    group.answers[twin] = kept
    notes.skipped.push({ line: dropped.line, reason: `the answer of line ${kept.line} again, ranked no better` })
  }
  const ranked = [...groups.values()].map((group): RankedPrompt => ({ ...group, answers: group.answers.sort((a, b) => a.rank - b.rank) }))
  return { format: 'ranked-answers', instructions: bestAnswers(ranked), ranked, preferences: [], prompts: [], ...notes }
}

/** The answers people put first (rank 0 exactly: the best of the rest is not good for being all that is left), one a prompt. */
export function bestAnswers(ranked: readonly RankedPrompt[]): InstructionExample[] {
  return ranked.flatMap(({ prompt, answers }) => {
    const best = answers.find((answer) => answer.rank === 0)
    return best === undefined ? [] : [{ line: best.line, prompt, response: best.text }]
  })
}
