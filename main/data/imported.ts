import type { Message } from '../engine/protocol.ts'

/** The forms of seed data that can be told apart by looking at them. */
export const formats = [
  'oasst-trees', // {message_tree_id, prompt: {text, replies: [{text, rank}]}}
  'oasst-messages', // {message_id, parent_id, text, role, rank}
  'ranked-answers', // {question, answer, rank}
  'rated-answers', // several answers with ratings: UltraFeedback, Nectar, HelpSteer
  'alpaca', // {instruction, input, output}
  'chat', // {conversations: [{from, value}]} (ShareGPT) or {messages: [{role, content}]}
  'self-instruct-seeds', // {instruction, instances: [{input, output}], is_classification}
  'prompt-completion', // {prompt, completion} (TRL)
  'preferences', // {prompt, chosen, rejected} (TRL)
  'llama-factory-preferences', // {conversations, chosen: {from, value}, rejected: {from, value}}
  'comparisons', // two responses and which is better: SHP, PKU-SafeRLHF, Chatbot Arena
  'plain', // {prompt}, {text}, {turns}, {instruction, response}, {question, answer}
] as const
export type Format = (typeof formats)[number]

/** What a model is asked: a text that stands alone as a user's message, or the messages up to the reply. */
export type Prompt = string | readonly Message[]

/** A prompt and the response to imitate. */
export interface InstructionExample {
  readonly line: number
  readonly prompt: Prompt
  readonly response: string
  /** The instruction by itself, where `prompt` joins it with an input. */
  readonly task?: string
  /** Loss weight of each token of the response, where the file gives them. */
  readonly weights?: readonly number[]
  /** Whether the task is to choose among given labels (self-instruct seeds say so). */
  readonly classification?: boolean
}

export interface RankedAnswer {
  readonly line: number
  readonly text: string
  /** 0 is the best; answers that people found equally good share a rank. */
  readonly rank: number
}

/** A prompt and its answers as people ranked them, best first. */
export interface RankedPrompt {
  readonly prompt: string
  readonly answers: readonly RankedAnswer[]
}

export interface PreferenceExample {
  readonly line: number
  readonly prompt: Prompt
  readonly chosen: string
  readonly rejected: string
  readonly scoreChosen?: number
  readonly scoreRejected?: number
}

/** A row, or a part of one, that is not used. `line` is where it starts in the file (the first is 1). */
export interface LeftOut {
  readonly line: number
  readonly reason: string
}

/** What a file holds. Every format fills the lists it can; the others are empty. */
export interface Imported {
  readonly format: Format
  readonly instructions: readonly InstructionExample[]
  readonly ranked: readonly RankedPrompt[]
  readonly preferences: readonly PreferenceExample[]
  /** Prompts that came without any response. */
  readonly prompts: readonly string[]
  /** Bad rows: what they hold is not what the format asks for. */
  readonly rejected: readonly LeftOut[]
  /** Sound rows that are not wanted: another language, deleted, a repetition. */
  readonly skipped: readonly LeftOut[]
  /** What a reader should know of how rows were understood: fields that are not used, turns that are cut off. Sentences. */
  readonly notes: readonly string[]
}

/** The text a person would recognise a prompt by, and by which two prompts are the same: its last user message. */
export function promptText(prompt: Prompt): string {
  if (typeof prompt === 'string') return prompt
  return prompt.findLast((message) => message.role === 'user')?.content ?? ''
}

/** Whether two prompts ask the same: equal but for runs of white space and Unicode composition. */
export const promptKey = (prompt: Prompt): string => {
  const text = typeof prompt === 'string' ? prompt : prompt.map((message) => `${message.role}: ${message.content}`).join('\n')
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim()
}

/** Whether people's ranks tell at least two of a prompt's answers apart: only then is there an order to agree with. */
export const hasOrder = (ranked: RankedPrompt): boolean => new Set(ranked.answers.map((answer) => answer.rank)).size > 1

/** Every distinct single-message prompt of a file, whatever its format, in file order: for prompt lists and held-out prompts. */
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

/**
 * What can be shown to a model as an example of a task: the bare instructions (without their inputs), classification
 * tasks left out, because their labels are part of an input that a demonstration does not show.
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
