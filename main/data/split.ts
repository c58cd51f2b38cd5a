import { generators } from '../common/random.ts'
import { badInput } from '../shared/errors.ts'
import type { RandomGeneratorName } from '../shared/random-generator.ts'
import { hasOrder, type InstructionExample, type Prompt, promptKey, promptText, type RankedPrompt } from './imported.ts'

interface SplitOptions {
  readonly seed: number
  readonly random: RandomGeneratorName
  /** Ranked prompts to hold out for measuring the judge. */
  readonly rankedHeldOut: number
  /** Prompts to hold out for comparing models. 0 if they come from a separate file: pass those in `reserved`. */
  readonly evaluationCount: number
  /** Prompts to hold out for comparing checkpoints, in the same way. */
  readonly validationCount?: number
  /** Prompts excluded from every part. */
  readonly reserved?: readonly Prompt[]
  /** Share of the prompts usable for both IFT and EFT that goes to EFT. */
  readonly eftShare?: number
}

/** The parts of the seed data. No prompt is in two of them. */
export interface SeedSplit {
  readonly ift: readonly InstructionExample[]
  /** Ranked prompts (with an order) to build EFT examples from. */
  readonly eftTrain: readonly RankedPrompt[]
  /** Ranked prompts (with an order) for measuring the judge. */
  readonly eftHeldOut: readonly RankedPrompt[]
  /** Prompts for comparing models. */
  readonly evaluation: readonly string[]
  /** Prompts for comparing checkpoints. */
  readonly validation: readonly string[]
}

/**
 * Splits seed data by prompt text. For a given seed, a prompt's part depends only on its text and on the set of other prompts, not on the
 * order or number of rows in the files, and each part keeps the file order. The judge's held-out prompts are drawn first, then the
 * evaluation prompts (preferring those that only IFT can use), and then the prompts that both IFT and EFT can use are divided. Throws
 * BAD_INPUT if there are too few prompts to hold out.
 */
export function splitSeedData(
  instructions: readonly InstructionExample[],
  ranked: readonly RankedPrompt[],
  options: SplitOptions,
): SeedSplit {
  const { eftShare = 0.5 } = options
  const reserved = new Set((options.reserved ?? []).map(promptKey))
  const usable = instructions.filter((example) => !reserved.has(promptKey(example.prompt)))
  const ordered = ranked.filter((prompt) => hasOrder(prompt) && !reserved.has(promptKey(prompt.prompt)))
  const inOrder = drawnOrder(options, 'judge')
  const heldOut = take(inOrder(distinctKeys(ordered)), options.rankedHeldOut, 'seed_data.ranked_held_out', 'ranked prompts')

  const forEft = new Set(ordered.map((prompt) => promptKey(prompt.prompt)).filter((key) => !heldOut.has(key)))
  const forIft = new Set(usable.map((example) => promptKey(example.prompt)).filter((key) => !heldOut.has(key)))
  const { evaluation, validation } = drawPrompts(usable, forIft, forEft, options)
  const closed = new Set([...evaluation, ...validation])
  const shared = [...forIft].filter((key) => forEft.has(key) && !closed.has(key))
  const toEft = new Set(drawnOrder(options, 'shared')(shared).slice(0, Math.round(eftShare * shared.length)))

  return {
    ift: usable.filter(({ prompt }) => isFree(promptKey(prompt), forIft, closed, toEft)),
    eftTrain: ordered.filter(({ prompt }) => {
      const key = promptKey(prompt)
      return forEft.has(key) && !closed.has(key) && (!forIft.has(key) || toEft.has(key))
    }),
    eftHeldOut: ordered.filter(({ prompt }) => heldOut.has(promptKey(prompt))),
    ...{ evaluation: textsIn(usable, evaluation), validation: textsIn(usable, validation) },
  }
}

const textsIn = (instructions: readonly InstructionExample[], wanted: ReadonlySet<string>): string[] =>
  [...new Map(instructions.map(({ prompt }) => [promptKey(prompt), promptText(prompt)] as const))].flatMap(([key, text]) =>
    wanted.has(key) ? [text] : [],
  )

const isFree = (key: string, wanted: ReadonlySet<string>, ...taken: ReadonlySet<string>[]): boolean =>
  wanted.has(key) && taken.every((part) => !part.has(key))

/** Single messages only, since a comparison shows the judge one instruction. Prompts that EFT can't use come first. */
function drawPrompts(
  instructions: readonly InstructionExample[],
  forIft: ReadonlySet<string>,
  forEft: ReadonlySet<string>,
  options: SplitOptions,
): { evaluation: Set<string>; validation: Set<string> } {
  const single = new Set(instructions.filter(({ prompt }) => typeof prompt === 'string').map(({ prompt }) => promptKey(prompt)))
  const fit = [...forIft].filter((key) => single.has(key))
  const inOrder = drawnOrder(options, 'evaluation')
  const own = inOrder(fit.filter((key) => !forEft.has(key)))
  const shared = inOrder(fit.filter((key) => forEft.has(key)))
  const keys = [...own, ...shared]
  const [what, { evaluationCount, validationCount = 0 }] = ['single-message instruction prompts', options]
  const evaluation = take(keys, evaluationCount, 'evaluation.count', what)
  const others = keys.filter((key) => !evaluation.has(key))
  return { evaluation, validation: take(others, validationCount, 'checkpoint_choice.count', `${what} left`) }
}

const distinctKeys = (ranked: readonly RankedPrompt[]): string[] => [...new Set(ranked.map(({ prompt }) => promptKey(prompt)))]

/** At least one must remain, or there is nothing to train on. */
function take(keys: readonly string[], count: number, field: string, what: string): Set<string> {
  if (count > 0 && keys.length <= count) {
    throw badInput(`${field} is ${count}, but the seed data has only ${keys.length} ${what}`, `Lower ${field}, or add more seed data.`)
  }
  return new Set(keys.slice(0, count))
}

/** Puts keys in an order that depends on their text and the seed, not on their input order. */
function drawnOrder({ seed, random }: SplitOptions, part: string): (keys: readonly string[]) => string[] {
  const { deriveSeed } = generators[random]
  const place = deriveSeed(seed, part)
  return (keys) => {
    const drawn = keys.map((key) => ({ key, at: deriveSeed(place, key) }))
    return drawn.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1)).map(({ key }) => key)
  }
}
