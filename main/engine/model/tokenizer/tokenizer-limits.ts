import { z } from 'zod'
import { badInput } from '../../../shared/errors.ts'

/** Far above real tokenizers, which have up to 262,144 tokens and at most double a text's length when normalizing. */
const limits = { tokens: 500_000, merges: 2_000_000, growth: 1_000, replacement: 1_000, depth: 20 }

/** The parts of tokenizer.json that are checked, before its structure is validated. */
const tables = z
  .looseObject({
    model: z.looseObject({ vocab: z.unknown(), merges: z.unknown() }).catch({ vocab: [], merges: [] }),
    added_tokens: z.array(z.unknown()).catch([]),
    normalizer: z.unknown(),
    pre_tokenizer: z.unknown(),
    decoder: z.unknown(),
  })
  .partial()

/**
 * Reject a tokenizer.json that would use too much memory, either because of large tables or because of rules that multiply a text's length.
 * Its patterns' running time can't be predicted; `withinTime` limits it. `where` names the file. Throws BAD_INPUT.
 */
export function checkTokenizerLimits(json: unknown, where: string): void {
  const refuse = (what: string): never => {
    throw badInput(`${where}: ${what}`, "Use the model's original tokenizer files.")
  }
  const file = tables.safeParse(json).data
  const tokens = entriesOf(file?.model?.vocab) + entriesOf(file?.added_tokens)
  if (tokens > limits.tokens) refuse(`has ${count(tokens)} tokens, more than ${count(limits.tokens)}`)
  const merges = entriesOf(file?.model?.merges)
  if (merges > limits.merges) refuse(`has ${count(merges)} merges, more than ${count(limits.merges)}`)
  for (const part of ['normalizer', 'pre_tokenizer', 'decoder'] as const) {
    const growth = growthOf(file?.[part], 0)
    if (!(growth <= limits.growth)) refuse(`its ${part} can make a text more than ${count(limits.growth)} times as long`)
  }
}

const entriesOf = (table: unknown): number => (typeof table === 'object' && table !== null ? Object.keys(table).length : 0)

const count = (number: number): string => number.toLocaleString('en-US')

/** Upper bound on how much a rule can lengthen a text (a factor). Factors in a sequence multiply. Infinity: more than any limit. */
function growthOf(rule: unknown, depth: number): number {
  if (typeof rule !== 'object' || rule === null) return 1
  if (depth > limits.depth) return Number.POSITIVE_INFINITY
  const parts = Object.values(rule).filter(Array.isArray).flat()
  return parts.reduce<number>((product, part) => product * growthOf(part, depth + 1), ownGrowth(rule))
}

function ownGrowth(rule: object): number {
  const { content, pattern, prepend, replacement } = rule as Readonly<Record<string, unknown>>
  const longest = Math.max(...[content, prepend, replacement].map((text) => (typeof text === 'string' ? text.length : 0)))
  if (longest > limits.replacement) return Number.POSITIVE_INFINITY
  if (typeof content !== 'string' || pattern === undefined) return 1
  const { String: text, Regex: regex } = Object(pattern) as { String?: unknown; Regex?: unknown }
  if (typeof regex === 'string') return 1 + content.length // may match the empty string
  return Math.max(1, content.length / Math.max(1, typeof text === 'string' ? text.length : 1))
}

/** Whether a rule applies a pattern from the file to texts, so that its running time is unknown. */
export function hasPattern(rule: unknown): boolean {
  if (typeof rule !== 'object' || rule === null) return false
  return 'Regex' in rule || Object.values(rule).some(hasPattern)
}
