import { z } from 'zod'
import { readJsonLines } from '../../common/jsonl.ts'
import { resourceFile } from '../../common/resources.ts'
import type { MtBenchQuestion } from './questions.ts'

/** What a judge is asked. */
export interface JudgeRequest {
  /** FastChat's name of the prompt: 'single-math-v1-multi-turn'. */
  readonly name: string
  readonly system: string
  readonly user: string
}

const promptRow = z.object({ name: z.string(), system_prompt: z.string(), prompt_template: z.string() })

let loaded: ReadonlyMap<string, z.output<typeof promptRow>> | undefined
function promptNamed(name: string): z.output<typeof promptRow> {
  loaded ??= new Map(
    readJsonLines(resourceFile('mt-bench', 'judge_prompts.jsonl')).map(({ value }) => [
      promptRow.parse(value).name,
      promptRow.parse(value),
    ]),
  )
  return loaded.get(name)!
}

/** The request for a grade of an answer to turn `turn` (0 or 1). `answers`: those to the turns up to it. */
export function gradeRequest(question: MtBenchQuestion, answers: readonly string[], turn: number): JudgeRequest {
  const name = `${hasReference(question, turn) ? 'single-math-v1' : 'single-v1'}${turn === 0 ? '' : '-multi-turn'}`
  const [answer_1 = '', answer_2 = ''] = answers
  return requestOf(name, { ...questionTexts(question), answer: answer_1, answer_1, answer_2 })
}

/** The request to compare two models' answers to turn `turn` (0 or 1). */
export function comparisonRequest(question: MtBenchQuestion, a: readonly string[], b: readonly string[], turn: number): JudgeRequest {
  const name = `${hasReference(question, turn) ? 'pair-math-v1' : 'pair-v2'}${turn === 0 ? '' : '-multi-turn'}`
  const [answer_a_1 = '', answer_a_2 = ''] = a
  const [answer_b_1 = '', answer_b_2 = ''] = b
  return requestOf(name, {
    ...questionTexts(question),
    ...{ answer_a: answer_a_1, answer_b: answer_b_1, answer_a_1, answer_a_2, answer_b_1, answer_b_2 },
  })
}

/** Whether there is a reference for this turn and the one before, which the prompt of turn 2 shows too. */
const hasReference = ({ reference }: MtBenchQuestion, turn: number): boolean =>
  reference.length > turn && reference.slice(0, turn + 1).every((text) => text !== '')

function questionTexts({ turns, reference }: MtBenchQuestion): Record<string, string> {
  const [question_1, question_2 = ''] = turns
  const [ref_answer_1 = '', ref_answer_2 = ''] = reference
  return { question: question_1, question_1, question_2, ref_answer_1, ref_answer_2 }
}

/** Fills all placeholders in one pass, so that braces inside a question or an answer are left alone. */
function requestOf(name: string, texts: Readonly<Record<string, string>>): JudgeRequest {
  const { system_prompt, prompt_template } = promptNamed(name)
  const user = prompt_template.replace(/\{(\w+)\}/g, (whole, place: string) => (Object.hasOwn(texts, place) ? texts[place] : whole))
  return { name, system: system_prompt, user }
}
