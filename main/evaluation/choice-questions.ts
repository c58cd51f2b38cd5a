import { z } from 'zod'
import { describeIssues } from '../common/describe-issues.ts'
import { readJsonLines } from '../common/jsonl.ts'
import { badInput } from '../shared/errors.ts'

/** A question with answers to choose from. */
export const choiceQuestion = z.object({
  question: z.string(),
  choices: z.array(z.string()),
  /** Index of the right choice. */
  answer: z.int().min(0),
})
export type ChoiceQuestion = z.output<typeof choiceQuestion>

const row = z.object({
  question: z.string().min(1),
  choices: z.array(z.string().min(1)).min(2).max(26),
  answer: z.union([z.int(), z.string()]),
})

const remedy =
  'Each line needs {"question": text, "choices": [text, ...], "answer": ...}; the answer is an index from 0, a letter from A, or a choice’s text.'

/** The questions of a JSON Lines file. Throws NOT_FOUND, or BAD_INPUT that names the line. */
export function readChoiceQuestions(path: string): ChoiceQuestion[] {
  const questions = readJsonLines(path).map(({ line, value }) => {
    const { data, error } = row.safeParse(value)
    if (error !== undefined) throw badInput(`${path}:${line}: ${describeIssues(error)}`, remedy)
    const { question, choices } = data
    const answer = indexOf(data.answer, choices)
    if (typeof answer === 'string') throw badInput(`${path}:${line}: answer: ${answer}`, remedy)
    return { question, choices, answer }
  })
  if (questions.length === 0) throw badInput(`${path}: has no rows`, remedy)
  return questions
}

/** The index that an answer means, or what is wrong with it. */
function indexOf(answer: number | string, choices: readonly string[]): number | string {
  if (typeof answer === 'number') {
    return answer >= 0 && answer < choices.length ? answer : `${answer} isn't an index of ${choices.length} choices, which start at 0`
  }
  const named = [...choices.keys()].filter((index) => choices[index] === answer)
  const place = /^[A-Z]$/i.test(answer) ? answer.toUpperCase().charCodeAt(0) - 'A'.charCodeAt(0) : -1
  const lettered = place >= 0 && place < choices.length ? [place] : []
  const meanings = new Set([...named, ...lettered])
  if (meanings.size === 1) return [...meanings][0]
  return meanings.size === 0 ? `${JSON.stringify(answer)} isn't one of the choices` : `${JSON.stringify(answer)} could mean several choices`
}
