import type { Message } from '../shared/engine-protocol.ts'
import type { DataFormat } from '../shared/enums.ts'
import type { Requirement } from '../shared/requirement.ts'

/** A model's input: the text of a single user message, or the messages up to the reply. */
export type Prompt = string | readonly Message[]

/** A prompt and the response to imitate. */
export interface InstructionExample {
  readonly line: number
  readonly prompt: Prompt
  readonly response: string
  /** The bare instruction, if `prompt` combines it with an input. */
  readonly task?: string
  /** Loss weight per response token, if the file has them. */
  readonly weights?: readonly number[]
  /** Whether the task is to choose among given labels (known for self-instruct seeds). */
  readonly classification?: boolean
}

export interface RankedAnswer {
  readonly line: number
  readonly text: string
  /** 0 is the best; equally good answers share a rank. */
  readonly rank: number
}

/** A prompt and its human-ranked answers, best first. */
export interface RankedPrompt {
  readonly prompt: string
  readonly answers: readonly RankedAnswer[]
}

/** Columns of Laurel's exports that say where a pair comes from. */
export const provenanceNames: readonly string[] = [
  ...['judge', 'override', 'run', 'iteration', 'model', 'prompt_number', 'decision', 'reviewer'],
  ...['review_reasons', 'review_comment', 'review_note', 'reviewed_at', 'judgements_chosen', 'judgements_rejected'],
]

export interface PreferenceExample {
  readonly line: number
  readonly prompt: Prompt
  readonly chosen: string
  readonly rejected: string
  readonly scoreChosen?: number
  readonly scoreRejected?: number
  /** Where the pair comes from, if the file is an export of Laurel's: the columns that aren't empty. */
  readonly provenance?: Readonly<Record<string, unknown>>
}

/** An unused row or part of a row. `line` is where it starts in the file (counted from 1). */
export interface LeftOut {
  readonly line: number
  readonly reason: string
}

/** A file's contents. Each format fills the lists it can; the others are empty. */
export interface Imported {
  readonly format: DataFormat
  readonly instructions: readonly InstructionExample[]
  readonly ranked: readonly RankedPrompt[]
  readonly preferences: readonly PreferenceExample[]
  /** Prompts without a response. */
  readonly prompts: readonly string[]
  /** Responses that the file labels as unwanted. They are among `skipped`, and no recipe uses them; a conversion can keep them. */
  readonly unwanted?: readonly InstructionExample[]
  /** What an answer must do, by `promptKey`, for the prompts whose rows say it. */
  readonly requirements?: ReadonlyMap<string, readonly Requirement[]>
  /** Rows that are invalid in this format. */
  readonly rejected: readonly LeftOut[]
  /** Valid rows that aren't wanted: in another language, deleted, or duplicates. */
  readonly skipped: readonly LeftOut[]
  /** How rows were interpreted, as sentences for the user: unused fields, dropped turns. */
  readonly notes: readonly string[]
}

/** The text that identifies a prompt: its last user message. */
export function promptText(prompt: Prompt): string {
  if (typeof prompt === 'string') return prompt
  return prompt.findLast((message) => message.role === 'user')?.content ?? ''
}

/** A key for comparing prompts, independent of whitespace runs and Unicode composition. */
export const promptKey = (prompt: Prompt): string => {
  const text = typeof prompt === 'string' ? prompt : prompt.map((message) => `${message.role}: ${message.content}`).join('\n')
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim()
}

/** Whether at least two of a prompt's answers have different human ranks; without that there is no order to agree with. */
export const hasOrder = (ranked: { readonly answers: readonly { readonly rank: number }[] }): boolean =>
  new Set(ranked.answers.map((answer) => answer.rank)).size > 1

/**
 * A file's answers in human order: its ranked answers, or the sides of its preference pairs. A judge is shown a single message, so pairs in a
 * conversation are left out.
 */
export function orderedAnswers({ ranked, preferences }: Pick<Imported, 'ranked' | 'preferences'>): readonly RankedPrompt[] {
  if (ranked.length > 0) return ranked
  return preferences.flatMap(({ line, prompt, chosen, rejected }) => {
    const text = typeof prompt === 'string' ? prompt : prompt.length === 1 ? promptText(prompt) : ''
    if (text === '') return []
    const answers = [chosen, rejected].map((side, rank) => ({ line, text: side, rank }))
    return [{ prompt: text, answers }]
  })
}

/** Every distinct single-message prompt in a file of any format, in file order: for prompt lists and held-out prompts. */
export function promptsOf(imported: Imported): string[] {
  const all: Prompt[] = [
    ...imported.prompts,
    ...imported.instructions.map((example) => example.prompt),
    ...imported.ranked.map((ranked) => ranked.prompt),
    ...imported.preferences.map((example) => example.prompt),
  ]
  const texts = all.map((prompt) => (typeof prompt === 'string' ? prompt : prompt.length === 1 ? promptText(prompt) : ''))
  return distinct(texts.filter((text) => text !== ''))
}

/** The requirements of a file's prompt; none if its row has none. */
export const requirementsOf = ({ requirements }: Imported, prompt: string): readonly Requirement[] =>
  requirements?.get(promptKey(prompt)) ?? []

/**
 * Tasks that can be used as demonstrations: bare instructions without their inputs. Classification tasks are left out, because their labels
 * are part of the input, which a demonstration doesn't show.
 */
export function demonstrationsOf(imported: Imported): string[] {
  const tasks = imported.instructions
    .filter((example) => example.classification !== true)
    .map((example) => example.task ?? promptText(example.prompt))
  return distinct([...tasks, ...imported.prompts])
}

function distinct(texts: readonly string[]): string[] {
  const first = new Map<string, string>()
  for (const text of texts) if (!first.has(promptKey(text))) first.set(promptKey(text), text)
  return [...first.values()]
}

/**
 * A file's contents as rows in Laurel's own format, one kind per file: {prompt, completion}, {question, answer, rank}, {prompt, chosen,
 * rejected}, or {prompt} (with its requirements). Importing them again gives the same lists, whatever the original format, so a recipe can use the copy like the
 * original.
 */
export function* normalizedRows(imported: Imported): Generator<object> {
  const { instructions, ranked, preferences, prompts } = imported
  if (ranked.length > 0) {
    // The examples are the best-ranked answers, so importing recreates them.
    for (const { prompt, answers } of ranked) for (const { text, rank } of answers) yield { question: prompt, answer: text, rank }
  } else if (preferences.length > 0) {
    for (const { prompt, chosen, rejected, scoreChosen, scoreRejected, provenance } of preferences) {
      yield { prompt, chosen, rejected, score_chosen: scoreChosen, score_rejected: scoreRejected, ...provenance }
    }
  } else {
    // Only plain files mix examples and bare prompts, and their examples are just two texts.
    const isMixed = instructions.length > 0 && prompts.length > 0
    for (const example of instructions) yield isMixed ? { prompt: example.prompt, response: example.response } : exampleRow(example)
    for (const prompt of prompts) {
      const requirements = requirementsOf(imported, prompt)
      yield { prompt, ...(requirements.length > 0 && { requirements }) }
    }
  }
}

const exampleRow = ({ prompt, response, task, weights, classification }: InstructionExample): object => ({
  ...{ prompt, completion: response },
  ...{ task, weights, classification }, // only those present
})
