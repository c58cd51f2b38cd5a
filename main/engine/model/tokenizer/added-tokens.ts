import { z } from 'zod'
import { describeIssues } from '../../../common/describe-issues.ts'
import { badInput } from '../../../shared/errors.ts'
import { pythonSpace } from '../jinja/python-text.ts'

/** A section of a text: an added token, or text between added tokens. */
export type Section = { readonly id: number } | { readonly text: string; readonly start: number }

const word = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]/u
const spacesBefore = new RegExp(`[${pythonSpace.replace('\\x1c-\\x20', ' ')}]`)

interface Node {
  readonly next: Map<string, Node>
  token?: AddedToken
}

/**
 * Finds added tokens in a text as tokenizers does: the leftmost, then the longest; whole words only with `single_word`; including
 * surrounding spaces with `lstrip` and `rstrip`. `contentOf` gives a token's form in the text (normalized or not).
 */
export class AddedTokenMatcher {
  readonly #root: Node = { next: new Map() }

  constructor(tokens: readonly AddedToken[], contentOf: (token: AddedToken) => string) {
    for (const token of tokens) {
      let node = this.#root
      for (const unit of contentOf(token)) {
        if (!node.next.has(unit)) node.next.set(unit, { next: new Map() })
        node = node.next.get(unit)!
      }
      if (node !== this.#root) node.token = token
    }
  }

  /** Split a text into sections. `spelled`: special tokens stay text. */
  split(text: string, spelled: boolean): Section[] {
    if (this.#root.next.size === 0) return text === '' ? [] : [{ text, start: 0 }]
    const sections: Section[] = []
    let from = 0 // start of the text that isn't in a section yet
    for (let at = 0; at < text.length; ) {
      const found = this.#longestAt(text, at)
      const end = at + (found?.length ?? 1)
      if (found !== undefined && !(spelled && found.token.special) && isAllowed(found.token, text, at, end)) {
        const start = found.token.lstrip ? Math.max(leftOfSpaces(text, at), from) : at
        if (from < start) sections.push({ text: text.slice(from, start), start: from })
        sections.push({ id: found.token.id })
        from = found.token.rstrip ? rightOfSpaces(text, end) : end
      }
      at = end
    }
    if (from < text.length) sections.push({ text: text.slice(from), start: from })
    return sections
  }

  #longestAt(text: string, at: number): { token: AddedToken; length: number } | undefined {
    let node = this.#root
    let found: { token: AddedToken; length: number } | undefined
    for (let i = at; i < text.length; ) {
      const unit = String.fromCodePoint(text.codePointAt(i)!)
      const next = node.next.get(unit)
      if (next === undefined) break
      node = next
      i += unit.length
      if (node.token !== undefined) found = { token: node.token, length: i - at }
    }
    return found
  }
}

function isAllowed(token: AddedToken, text: string, start: number, end: number): boolean {
  return !token.single_word || !(isWordBefore(text, start) || word.test(characterAt(text, end)))
}

const characterAt = (text: string, at: number): string => (at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : '')

function isWordBefore(text: string, at: number): boolean {
  if (at === 0) return false
  const isPair = at > 1 && /[\udc00-\udfff]/.test(text[at - 1])
  return word.test(characterAt(text, at - (isPair ? 2 : 1)))
}

function leftOfSpaces(text: string, at: number): number {
  let start = at
  while (start > 0 && spacesBefore.test(text[start - 1])) start--
  return start
}

function rightOfSpaces(text: string, at: number): number {
  let end = at
  while (end < text.length && spacesBefore.test(text[end])) end++
  return end
}

/** The library's tables are as long as the largest id. */
export const tokenId = z.int().min(0).max(2_000_000)

/** A token outside the model's vocabulary, matched before any other processing. */
export const addedToken = z.object({
  id: tokenId,
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().optional(),
  special: z.boolean().default(false),
})
export type AddedToken = z.infer<typeof addedToken>

/** A token in a configuration: a plain name, or an object with properties. */
const named = z.union([z.string(), addedToken.omit({ id: true }).extend({ content: z.string() })]).nullish()

const names = z.union([z.array(named), z.record(z.string(), named)]).nullish()

/** Token declarations in tokenizer_config.json and special_tokens_map.json. */
const declaredTokens = z.looseObject({
  added_tokens_decoder: z.record(z.string(), addedToken.omit({ id: true })).nullish(),
  additional_special_tokens: names.catch(null),
  extra_special_tokens: names.catch(null),
})

const roles = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token']

/** Files next to tokenizer.json that may declare tokens; null if missing. */
export interface TokenFiles {
  readonly config: unknown // tokenizer_config.json
  readonly specialTokensMap?: unknown
  readonly addedTokens?: unknown // added_tokens.json
}

const plainIds = z.record(z.string().min(1), tokenId)

/**
 * All added tokens of a tokenizer: those of tokenizer.json, then those that only other files declare, as in transformers. A special token
 * without an id gets its id from the vocabulary, or else the next free one. Throws BAD_INPUT naming the file.
 */
export function allAddedTokens(
  own: readonly AddedToken[],
  vocabulary: ReadonlyMap<string, number>,
  files: TokenFiles,
  where: string,
): AddedToken[] {
  const beside = (name: string) => where.replace(/[^/\\]*$/, name)
  const config = read(declaredTokens, files.config ?? {}, beside('tokenizer_config.json'))
  const map = read(declaredTokens, files.specialTokensMap ?? {}, beside('special_tokens_map.json'))
  const tokens = own.map((token) => ({ ...token, id: vocabulary.get(token.content) ?? token.id })) // the vocabulary's id takes precedence
  const ids = new Set(tokens.map(({ id }) => id))
  const contents = new Set(own.map(({ content }) => content))
  const add = (token: AddedToken): void => {
    if (contents.has(token.content) || ids.has(token.id)) return
    tokens.push(token)
    ids.add(token.id)
    contents.add(token.content)
  }
  for (const [id, token] of Object.entries(config.added_tokens_decoder ?? {})) {
    if (!/^\d{1,6}$/.test(id)) {
      const message = `${beside('tokenizer_config.json')}: added_tokens_decoder contains the invalid token id ${JSON.stringify(id)}`
      throw badInput(message, remedy)
    }
    add({ ...token, id: Number(id) } as AddedToken)
  }
  for (const [content, id] of Object.entries(read(plainIds, files.addedTokens ?? {}, beside('added_tokens.json')))) {
    add({ ...plain, content, id, special: false })
  }
  for (const token of [...namedSpecials(config), ...namedSpecials(map)]) {
    const next = Math.max(-1, ...[vocabulary.values(), ids].map(greatest)) + 1
    add({ ...token, special: true, id: vocabulary.get(token.content) ?? next })
  }
  return tokens
}

const remedy = 'Use the tokenizer files that came with the model.'
const plain = { single_word: false, lstrip: false, rstrip: false }

function read<T>(schema: z.ZodType<T>, json: unknown, where: string): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw badInput(`${where}: ${describeIssues(parsed.error)}`, remedy)
}

function greatest(numbers: Iterable<number>): number {
  let most = -1
  for (const number of numbers) if (number > most) most = number
  return most
}

/** Special tokens named in a configuration: by role, and additional ones. */
function namedSpecials(config: z.infer<typeof declaredTokens>): Omit<AddedToken, 'id'>[] {
  const byRole = roles.map((role) => named.safeParse(config[role]).data)
  const further = [config.additional_special_tokens, config.extra_special_tokens].flatMap((some) => Object.values(some ?? {}))
  return [...byRole, ...further].flatMap((token) => {
    if (token == null || token === '') return []
    if (typeof token === 'string') return [{ ...plain, content: token, special: true }]
    return token.content === '' ? [] : [token as Omit<AddedToken, 'id'>]
  })
}
