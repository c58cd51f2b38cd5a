import { generators } from '../common/random.ts'

/** The generator that the bundled model's data was drawn with: another would mix its test prompts with those that it was trained on. */
export const { deriveSeed, uniform } = generators.murmur

/** A sequence of random draws from one seed, to build one item (a prompt, an answer, a document) from many small choices. */
export interface Draws {
  /** Uniform in [0, 1). */
  next(): number
  chance(probability: number): boolean
  /** Uniform over 0 .. n - 1. */
  below(n: number): number
  /** One element of a list, or one character of a string. */
  pick<T>(from: ArrayLike<T>): T
}

export function drawsOf(seed: number): Draws {
  let counter = 0
  const next = (): number => uniform(seed, counter++)
  const below = (n: number): number => Math.floor(next() * n)
  return { next, below, chance: (probability) => next() < probability, pick: (from) => from[below(from.length)] }
}

/**
 * The demo's task: write made-up words to order. A prompt lists five requirements in a fixed order, and an answer scores one point for each
 * one it meets: the additive idea of the paper's judge prompt, in a form that a program can check.
 *
 *     Pet: first t, last s, has oo, no i, 7 long        toolems
 */
const familyNames = ['Pet', 'Robot', 'Lock'] as const
type FamilyName = (typeof familyNames)[number]

/** The symbols of each kind of word: few, so that a tiny model sees each of them often. */
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
  /** One symbol, or the same symbol twice, which must then be adjacent. */
  readonly has: string
  readonly no: string
  readonly length: number
}

/** Even the shortest word has room for two inner symbols, so every order can be met. */
const shortestWord = 4
const longestWord = 7

const doubledShare = 0.35 // a doubled symbol is the hardest requirement; with more of them, a tiny judge stays unsure
const petVowelShare = 0.4 // of a Pet's required symbols

export const promptOf = (task: Task): string =>
  `${task.family}: first ${task.first}, last ${task.last}, has ${task.has}, no ${task.no}, ${task.length} long`

const promptPattern = /^(Pet|Robot|Lock): first (.), last (.), has (.{1,2}), no (.), ([4-7]) long$/

/** The task that a prompt states, or null if the text isn't a well-formed order (models write such texts too). */
export function parsePrompt(prompt: string): Task | null {
  const match = promptPattern.exec(prompt)
  if (!match) return null
  const [, family, first, last, has, no, length] = match
  const task = { family: family as FamilyName, first, last, has, no, length: Number(length) }
  const known = [...first, ...last, ...has, ...no].every((symbol) => alphabets[task.family].includes(symbol))
  return known && (has.length === 1 || has[0] === has[1]) ? task : null
}

/** Whether any answer can meet all five requirements: the forbidden symbol isn't one of the required ones. */
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
 * The allowed use of a prompt. A hash of the text reserves a sixteenth of all prompts for tuning and an eighth for tests, so no test
 * prompt, whatever seed it is drawn with, appears in pre-training or seed data.
 */
export type PromptUse = 'training' | 'tuning' | 'test'

export function useOf(prompt: string): PromptUse {
  const slot = deriveSeed(0, 'demo prompt use', prompt) % 16
  if (slot === 0) return 'tuning'
  return slot <= 2 ? 'test' : 'training'
}

/** Draws a task whose prompt is reserved for `use`. */
export function drawTaskFor(use: PromptUse, draws: Draws): Task {
  for (;;) {
    const task = drawTask(draws)
    if (useOf(promptOf(task)) === use) return task
  }
}
