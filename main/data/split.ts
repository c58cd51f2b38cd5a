import { badInput } from '../common/errors.ts'
import { deriveSeed } from '../common/random.ts'
import { hasOrder, type InstructionExample, type Prompt, promptKey, promptText, type RankedPrompt } from './imported.ts'

export interface SplitOptions {
  readonly seed: number
  /** Ranked prompts kept aside for measuring the judge. */
  readonly rankedHeldOut: number
  /** Prompts kept aside for comparing models. 0 where they come from a file of their own: name those in `reserved`. */
  readonly evaluationCount: number
  /** Prompts that no part may hold. */
  readonly reserved?: readonly Prompt[]
  /** Share of the prompts fit for both IFT and EFT that goes to EFT. */
  readonly eftShare?: number
}

/** The parts of the seed data. No prompt is in two of them. */
export interface SeedSplit {
  readonly ift: readonly InstructionExample[]
  /** Ranked prompts (with an order) from which EFT examples are made. */
  readonly eftTrain: readonly RankedPrompt[]
  /** Ranked prompts (with an order) on which the judge is measured. */
  readonly eftHeldOut: readonly RankedPrompt[]
  /** Prompts on which models are compared. */
  readonly evaluation: readonly string[]
}

/**
 * Divide seed data by prompt text. Whatever the seed, a prompt's place depends on its own text and on which others there
 * are, not on the order or number of rows in the files, and each part keeps the file's order. First the judge's held-out
 * prompts are drawn, then the evaluation prompts (from those IFT alone could use, then from those it shares with EFT),
 * then prompts that both could use are divided. Throws BAD_INPUT where there are fewer prompts than are to be held out.
 */
export function splitSeedData(
  instructions: readonly InstructionExample[],
  ranked: readonly RankedPrompt[],
  options: SplitOptions,
): SeedSplit {
  const { seed, eftShare = 0.5 } = options
  const reserved = new Set((options.reserved ?? []).map(promptKey))
  const usable = instructions.filter((example) => !reserved.has(promptKey(example.prompt)))
  const ordered = ranked.filter((prompt) => hasOrder(prompt) && !reserved.has(promptKey(prompt.prompt)))
  const heldOut = draw(
    distinctKeys(ordered),
    options.rankedHeldOut,
    deriveSeed(seed, 'judge'),
    'seed_data.ranked_held_out',
    'ranked prompts',
  )

  const forEft = new Set(ordered.map((prompt) => promptKey(prompt.prompt)).filter((key) => !heldOut.has(key)))
  const forIft = new Set(usable.map((example) => promptKey(example.prompt)).filter((key) => !heldOut.has(key)))
  const evaluation = drawEvaluation(usable, forIft, forEft, options)
  const shared = [...forIft].filter((key) => forEft.has(key) && !evaluation.has(key))
  const toEft = new Set(inDrawnOrder(shared, deriveSeed(seed, 'shared')).slice(0, Math.round(eftShare * shared.length)))

  return {
    ift: usable.filter(({ prompt }) => isFree(promptKey(prompt), forIft, evaluation, toEft)),
    eftTrain: ordered.filter(({ prompt }) => {
      const key = promptKey(prompt)
      return forEft.has(key) && !evaluation.has(key) && (!forIft.has(key) || toEft.has(key))
    }),
    eftHeldOut: ordered.filter(({ prompt }) => heldOut.has(promptKey(prompt))),
    evaluation: [...new Map(usable.map(({ prompt }) => [promptKey(prompt), promptText(prompt)] as const))].flatMap(([key, text]) =>
      evaluation.has(key) ? [text] : [],
    ),
  }
}

const isFree = (key: string, wanted: ReadonlySet<string>, ...taken: ReadonlySet<string>[]): boolean =>
  wanted.has(key) && taken.every((part) => !part.has(key))

/** Only single messages: a comparison shows the judge one instruction. Prompts that EFT could not use come first. */
function drawEvaluation(
  instructions: readonly InstructionExample[],
  forIft: ReadonlySet<string>,
  forEft: ReadonlySet<string>,
  { seed, evaluationCount }: SplitOptions,
): Set<string> {
  const single = new Set(instructions.filter(({ prompt }) => typeof prompt === 'string').map(({ prompt }) => promptKey(prompt)))
  const fit = [...forIft].filter((key) => single.has(key))
  const place = deriveSeed(seed, 'evaluation')
  const own = inDrawnOrder(
    fit.filter((key) => !forEft.has(key)),
    place,
  )
  const shared = inDrawnOrder(
    fit.filter((key) => forEft.has(key)),
    place,
  )
  return take([...own, ...shared], evaluationCount, 'evaluation.count', 'single-message instruction prompts')
}

const distinctKeys = (ranked: readonly RankedPrompt[]): string[] => [...new Set(ranked.map(({ prompt }) => promptKey(prompt)))]

const draw = (keys: readonly string[], count: number, seed: number, field: string, what: string): Set<string> =>
  take(inDrawnOrder(keys, seed), count, field, what)

/** At least one must be left over: a part that takes everything leaves nothing to train on. */
function take(keys: readonly string[], count: number, field: string, what: string): Set<string> {
  if (count > 0 && keys.length <= count) {
    throw badInput(
      `${field} is ${count}, but the seed data has only ${keys.length} ${what} to take from`,
      `Lower ${field} or give more seed data.`,
    )
  }
  return new Set(keys.slice(0, count))
}

/** An order that depends on each key's text and the seed, not on where a key stood. */
function inDrawnOrder(keys: readonly string[], seed: number): string[] {
  const drawn = keys.map((key) => ({ key, at: deriveSeed(seed, key) }))
  return drawn.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1)).map(({ key }) => key)
}
