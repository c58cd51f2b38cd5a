import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { describeIssues } from '../../../common/describe-issues.ts'
import { badInput, LaurelError } from '../../../shared/errors.ts'
import { withinTime } from '../time-limit.ts'
import { type AddedToken, AddedTokenMatcher, addedToken, allAddedTokens, type TokenFiles, tokenId } from './added-tokens.ts'
import { openingTokens } from './special-tokens.ts'
import type { Tokenizer } from './tokenizer.ts'
import { checkTokenizerLimits, hasPattern } from './tokenizer-limits.ts'

const normalType = 1

/**
 * Merges that make byte-pair encoding equivalent to SentencePiece with scores. SentencePiece always joins the adjacent pair whose union has
 * the highest score, so every split of a token into two tokens is a merge, ordered by the token's score (highest first), then by the ids of
 * its parts, as in transformers.
 */
export function sentencePieceMerges(tokens: readonly string[], scores: readonly number[], types: readonly number[]): [string, string][] {
  const ids = new Map(tokens.map((token, id) => [token, id]))
  const merges: { readonly left: number; readonly right: number; readonly score: number }[] = []
  for (const [whole, token] of tokens.entries()) {
    if (types[whole] !== normalType) continue
    let cut = 0
    for (const character of token) {
      cut += character.length
      const left = ids.get(token.slice(0, cut))
      const right = ids.get(token.slice(cut))
      if (left !== undefined && right !== undefined) merges.push({ left, right, score: scores[whole] })
    }
  }
  merges.sort((a, b) => b.score - a.score || a.left - b.left || a.right - b.right)
  return merges.map(({ left, right }) => [tokens[left], tokens[right]])
}

const tokenizerFile = z.looseObject({
  model: z.looseObject({ type: z.string().default('BPE'), vocab: z.union([z.record(z.string(), tokenId), z.array(z.unknown())]) }),
  added_tokens: z.array(addedToken).default([]),
  normalizer: z.looseObject({ type: z.string() }).nullish(),
  pre_tokenizer: z.looseObject({ type: z.string() }).nullish(),
  decoder: z.looseObject({ type: z.string() }).nullish(),
  post_processor: z.unknown().optional(),
})
type TokenizerFile = z.infer<typeof tokenizerFile>

const charactersPerToken = 5

/**
 * A tokenizer from the contents of tokenizer.json, tokenizer_config.json (null if missing), and other files that may declare tokens.
 * Encoding adds nothing; `opening` lists the tokens that a text should start with. `where` names the file in errors. Throws BAD_INPUT or
 * UNSUPPORTED.
 */
export function huggingFaceTokenizer(json: unknown, configJson: unknown, where: string, more: Omit<TokenFiles, 'config'> = {}): Tokenizer {
  checkTokenizerLimits(json, where)
  const file = parse(tokenizerFile, json, where)
  const vocabulary = vocabularyOf(file)
  const added = allAddedTokens(file.added_tokens, vocabulary, { config: configJson, ...more }, where)
  const library = libraryTokenizer(file, configJson ?? {}, where)
  const { tokenOf, idOf } = namesOf(vocabulary, added)
  const special = new Set(added.filter((token) => token.special).map(({ id }) => id))
  if (library.decoder) library.decoder.added_tokens = added.map((token) => ({ ...token, normalized: token.normalized ?? !token.special }))
  // Decoders rarely have patterns. Those without run once per token, so don't time them.
  const timed = hasPattern(file.decoder)
    ? (length: number, work: () => string) => withinTime(`${where}: the decoder`, length * charactersPerToken, work)
    : (_length: number, work: () => string) => work()
  return {
    vocabulary: [...vocabulary.values(), ...added.map(({ id }) => id)].reduce((most, id) => Math.max(most, id + 1), 0),
    opening: openingTokens(file.post_processor),
    encode: encoder(library, added),
    decode(sequence, options) {
      const known = sequence.filter((id) => tokenOf(id) !== undefined && (options.special || !special.has(id))) // the model's vocabulary may be padded
      if (known.length === 0) return ''
      const tokens = known.map((id) => tokenOf(id)!)
      // Never clean up spaces before punctuation, whatever the configuration says: encoding the text again must give the same ids.
      return timed(known.length, () => (library.decoder ? library.decoder(tokens) : tokens.join(' ')))
    },
    isSpecial: (id) => special.has(id),
    tokenOf,
    idOf,
  }
}

/** Split off added tokens first (as tokenizers does; the library does it only in part), then apply the library's own steps. */
function encoder(library: LibraryTokenizer, added: readonly AddedToken[]): Tokenizer['encode'] {
  const { normalizer, pre_tokenizer: preTokenizer, model } = library
  const isNormalized = (token: AddedToken): boolean => token.normalized ?? !token.special
  const normalize = (text: string): string => (normalizer ? normalizer(text) : text)
  const asWritten = new AddedTokenMatcher(
    added.filter((token) => !isNormalized(token)),
    ({ content }) => content,
  )
  const normalized = new AddedTokenMatcher(added.filter(isNormalized), ({ content }) => normalize(content))
  const idsOf = (text: string, isFirst: boolean): number[] => {
    const words = preTokenizer ? preTokenizer(text, { section_index: isFirst ? 0 : 1 }) : [text]
    return model!(words).flatMap((token: string) => model!.tokens_to_ids.get(token) ?? model!.unk_token_id ?? [])
  }
  return (text, { special }) =>
    asWritten.split(text, !special).flatMap((outer) => {
      if ('id' in outer) return [outer.id]
      const inner = normalized.split(normalize(outer.text), !special)
      return inner.flatMap((section) => ('id' in section ? [section.id] : idsOf(section.text, outer.start === 0 && section.start === 0)))
    })
}

function vocabularyOf({ model }: TokenizerFile): Map<string, number> {
  if (!Array.isArray(model.vocab)) return new Map(Object.entries(model.vocab))
  return new Map(model.vocab.map((entry, id) => [String(Array.isArray(entry) ? entry[0] : entry), id]))
}

function namesOf(vocabulary: ReadonlyMap<string, number>, added: readonly AddedToken[]): Pick<Tokenizer, 'tokenOf' | 'idOf'> {
  const ids = new Map(vocabulary)
  const tokens = new Map([...vocabulary].map(([token, id]) => [id, token]))
  for (const { content, id } of added) {
    ids.set(content, id)
    tokens.set(id, content)
  }
  return { tokenOf: (id) => tokens.get(id), idOf: (token) => ids.get(token) }
}

function parse<T>(schema: z.ZodType<T>, json: unknown, where: string): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw badInput(`${where}: ${describeIssues(parsed.error)}`, 'Use the tokenizer files that came with the model.')
}

function libraryTokenizer(file: TokenizerFile, config: object, where: string): LibraryTokenizer {
  if (!['BPE', 'Unigram', 'WordPiece'].includes(file.model.type)) throw unsupported(`${where}: a tokenizer of type ${file.model.type}`)
  try {
    return new LibraryTokenizer(
      {
        ...file,
        added_tokens: [],
        normalizer: file.normalizer ?? null,
        pre_tokenizer: file.pre_tokenizer ? portable(file.pre_tokenizer, where) : null,
        decoder: file.decoder ?? null,
        post_processor: null,
      },
      config,
    )
  } catch (error) {
    if (error instanceof LaurelError) throw error
    throw unsupported(`${where}: this tokenizer (${(error as Error).message})`)
  }
}

/** GPT-2's pattern, applied by byte-level pre-tokenizers. */
const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

const isolated = (pattern: object) => ({ type: 'Split', pattern, behavior: 'Isolated', invert: false })

/**
 * An equivalent pre-tokenizer that works around two bugs of the JavaScript library: its `Digits` only matches ASCII digits, and its
 * `ByteLevel` uses JavaScript's definition of white space. A `Split` with a pattern has neither problem.
 */
function portable(node: { type: string; [key: string]: unknown }, where: string): object {
  if (node.type === 'Sequence' && Array.isArray(node.pretokenizers)) {
    return { ...node, pretokenizers: node.pretokenizers.map((part) => portable(part, where)) }
  }
  if (node.type === 'Digits') return isolated({ Regex: node.individual_digits ? String.raw`\p{N}` : String.raw`\p{N}+` })
  if (node.type === 'ByteLevel' && node.use_regex !== false && !node.add_prefix_space) {
    return { type: 'Sequence', pretokenizers: [isolated({ Regex: gpt2Pattern }), { ...node, use_regex: false }] }
  }
  if (node.type === 'Split') {
    if (node.behavior === 'Isolated') return { ...node, invert: false } // inverting isolated pieces changes nothing
    if (node.behavior === 'MergedWithPrevious' && !node.invert) return afterEach(node, where)
    if (node.behavior !== 'Removed') {
      throw unsupported(`${where}: pre-tokenizer Split with ${node.behavior}`)
    }
  }
  return node
}

/** A split after each occurrence of a character, as pieces that end with it: the library merges with the previous piece differently. */
function afterEach(node: { [key: string]: unknown }, where: string): object {
  const { String: character } = node.pattern as { String?: string }
  if (typeof character !== 'string' || [...character].length !== 1) throw unsupported(`${where}: pre-tokenizer Split with this pattern`)
  const escaped = character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  return isolated({ Regex: `[^${escaped}]*${escaped}|[^${escaped}]+` })
}

const unsupported = (what: string) =>
  new LaurelError('UNSUPPORTED', `${what} is not supported`, 'Use a model with a byte-pair encoding tokenizer.')
