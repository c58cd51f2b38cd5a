import { deriveSeed } from '../common/random.ts'
import type { Draws } from './draws.ts'

/**
 * The demo's world: orders for small made-up words. A prompt lists five requirements in a fixed order; an answer scores
 * one point for each that it satisfies, the additive idea of the paper's judge prompt in a form a program can check.
 *
 *     Pet: first t, last s, has oo, no i, 7 long        toolems
 */
export const familyNames = ['Pet', 'Robot', 'Lock'] as const
export type FamilyName = (typeof familyNames)[number]

/** The symbols each kind of word is spelled with. Few, so that a tiny model sees each of them often. */
export const alphabets: Readonly<Record<FamilyName, string>> = {
  Pet: 'aeioklmnrst',
  Robot: 'ABKRTX123456789',
  Lock: '123456789',
}

export const petVowels = 'aeio'
const petConsonants = 'klmnrst'

export interface Task {
  readonly family: FamilyName
  readonly first: string
  readonly last: string
  /** One symbol, or the same symbol twice: then the two must stand side by side. */
  readonly has: string
  readonly no: string
  readonly length: number
}

/** Two symbols fit between first and last at the smallest length, so every order can be filled. */
export const shortestWord = 4
export const longestWord = 7

const doubledShare = 0.35 // a doubled symbol is the hardest requirement; more of it and a tiny judge stays unsure of it
const petVowelShare = 0.4 // of the required symbols of a Pet

export const promptOf = (task: Task): string =>
  `${task.family}: first ${task.first}, last ${task.last}, has ${task.has}, no ${task.no}, ${task.length} long`

const promptPattern = /^(Pet|Robot|Lock): first (.), last (.), has (.{1,2}), no (.), ([4-7]) long$/

/** The task a prompt states, or null where the text is not a well-formed order (models write such too). */
export function parsePrompt(prompt: string): Task | null {
  const match = promptPattern.exec(prompt)
  if (!match) return null
  const [, family, first, last, has, no, length] = match
  const task = { family: family as FamilyName, first, last, has, no, length: Number(length) }
  const known = [...first, ...last, ...has, ...no].every((symbol) => alphabets[task.family].includes(symbol))
  return known && (has.length === 1 || has[0] === has[1]) ? task : null
}

/** Whether some answer could satisfy all five requirements: the forbidden symbol is not one of the required ones. */
export const isSatisfiable = (task: Task): boolean => ![task.first, task.last, task.has[0]].includes(task.no)

export function drawTask(draws: Draws): Task {
  const family = draws.pick(familyNames)
  const alphabet = alphabets[family]
  const first = draws.pick(alphabet)
  const last = draws.pick(alphabet)
  const required = family === 'Pet' ? draws.pick(draws.chance(petVowelShare) ? petVowels : petConsonants) : draws.pick(alphabet)
  const has = draws.chance(doubledShare) ? required.repeat(2) : required
  const no = draws.pick(without(alphabet, first + last + required))
  return { family, first, last, has, no, length: shortestWord + draws.below(longestWord - shortestWord + 1) }
}

export const without = (alphabet: string, unwanted: string): string => [...alphabet].filter((symbol) => !unwanted.includes(symbol)).join('')

/**
 * What a prompt may be used for. A sixteenth of all prompts is reserved for tuning and an eighth for tests, decided by
 * a hash of the text: whatever seed draws a test set, none of its prompts was in pre-training or seed data.
 */
export type PromptUse = 'training' | 'tuning' | 'test'

export function useOf(prompt: string): PromptUse {
  const slot = deriveSeed(0, 'demo prompt use', prompt) % 16
  if (slot === 0) return 'tuning'
  return slot <= 2 ? 'test' : 'training'
}

/** A task whose prompt is reserved for `use`. */
export function drawTaskFor(use: PromptUse, draws: Draws): Task {
  for (;;) {
    const task = drawTask(draws)
    if (useOf(promptOf(task)) === use) return task
  }
}
