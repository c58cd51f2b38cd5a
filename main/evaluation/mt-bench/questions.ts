import { z } from 'zod'
import { describeIssues } from '../../common/describe-issues.ts'
import { readJsonLines } from '../../common/jsonl.ts'
import { resourceFile } from '../../common/resources.ts'
import { badInput } from '../../shared/errors.ts'

/** A question of MT-Bench's form, with a reference answer to each turn where there is one. */
export const mtBenchQuestion = z.object({
  id: z.union([z.int(), z.string()]),
  category: z.string(),
  turns: z.array(z.string()).min(1).max(2),
  reference: z.array(z.string()).readonly(),
})
export type MtBenchQuestion = z.output<typeof mtBenchQuestion>

/** Where questions come from: `references` is a file of answers in FastChat's form; null: those in the questions' rows. */
export interface QuestionFiles {
  readonly questions: string
  readonly references: string | null
}

/** The 80 questions that ship with Laurel, with GPT-4's references, which FastChat's judges see instead of those in the questions' rows. */
export const shippedQuestions: QuestionFiles = {
  questions: resourceFile('mt-bench', 'question.jsonl'),
  references: resourceFile('mt-bench', 'reference-gpt-4.jsonl'),
}

/** FastChat's temperature for each category, and for all others. */
const temperatures: Readonly<Record<string, number>> = {
  ...{ writing: 0.7, roleplay: 0.7, extraction: 0, math: 0, coding: 0, reasoning: 0, stem: 0.1, humanities: 0.1 },
  'arena-hard-200': 0,
}
const otherTemperature = 0.7

/** Categories whose judge sees no reference in FastChat, even where a question's row has one. */
const judgedWithout: ReadonlySet<string> = new Set(['writing', 'roleplay', 'extraction', 'stem', 'humanities'])

export const temperatureOf = (category: string): number =>
  Object.hasOwn(temperatures, category) ? temperatures[category] : otherTemperature

const idField = z.union([z.int(), z.string().min(1)])
const questionRow = z.object({
  question_id: idField,
  category: z.string().min(1),
  turns: z.array(z.string().min(1)).min(1).max(2),
  reference: z.array(z.string()).optional(),
})
const questionRemedy = 'Each line needs {"question_id", "category", "turns": [text, text]}, and may have {"reference": [text, text]}.'

const referenceRow = z.object({
  question_id: idField,
  choices: z.array(z.object({ turns: z.array(z.string()) })).min(1),
})
const referenceRemedy = 'Each line needs {"question_id", "choices": [{"turns": [text, text]}]}, as FastChat writes answers.'

/** The questions of a file. Throws NOT_FOUND, or BAD_INPUT that names the line. */
export function readQuestions({ questions, references }: QuestionFiles): MtBenchQuestion[] {
  const rows = rowsOf(questions, questionRow, questionRemedy)
  const lines = new Map<string, number>()
  for (const { line, value } of rows) {
    const id = String(value.question_id)
    if (lines.has(id))
      throw badInput(`${questions}:${line}: question ${id} is also on line ${lines.get(id)}`, 'Give each question its own "question_id".')
    lines.set(id, line)
  }
  const answers = references === null ? null : referencesIn(references)
  return rows.map(({ value: { question_id: id, category, turns, reference: own = [] } }) => {
    const reference = answers === null ? own : (answers.get(String(id)) ?? [])
    return { id, category, turns, reference: judgedWithout.has(category) ? [] : reference }
  })
}

const referencesIn = (path: string): ReadonlyMap<string, readonly string[]> =>
  new Map(rowsOf(path, referenceRow, referenceRemedy).map(({ value }) => [String(value.question_id), value.choices[0].turns]))

function rowsOf<Schema extends z.ZodType>(path: string, schema: Schema, remedy: string): { line: number; value: z.output<Schema> }[] {
  const rows = readJsonLines(path).map(({ line, value }) => {
    const { data, error } = schema.safeParse(value)
    if (error !== undefined) throw badInput(`${path}:${line}: ${describeIssues(error)}`, remedy)
    return { line, value: data }
  })
  if (rows.length === 0) throw badInput(`${path}: has no rows`, remedy)
  return rows
}
