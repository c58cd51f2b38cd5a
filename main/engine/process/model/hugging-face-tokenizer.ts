import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { describeIssues } from '../../../common/describe-issues.ts'
import { badInput, LaurelError } from '../../../common/errors.ts'
import { withinTime } from '../time-limit.ts'
import type { Tokenizer } from './tokenizer.ts'
import { checkTokenizerLimits, hasPattern } from './tokenizer-limits.ts'

/** The library makes tables as long as the largest id. */
const tokenId = z.int().min(0).max(2_000_000)

const addedToken = z.looseObject({ id: tokenId, content: z.string().min(1), special: z.boolean().default(false) })

const tokenizerFile = z.looseObject({
  model: z.looseObject({ type: z.string().default('BPE'), vocab: z.union([z.record(z.string(), tokenId), z.array(z.unknown())]) }),
  added_tokens: z.array(addedToken).default([]),
  normalizer: z.looseObject({ type: z.string() }).nullish(),
  pre_tokenizer: z.looseObject({ type: z.string() }).nullish(),
  decoder: z.looseObject({ type: z.string() }).nullish(),
})
type TokenizerFile = z.infer<typeof tokenizerFile>
type AddedToken = TokenizerFile['added_tokens'][number]

const charactersPerToken = 5

const configFile = z.looseObject({ added_tokens_decoder: z.record(z.string(), addedToken.omit({ id: true })).nullish() })

/**
 * A tokenizer from the content of tokenizer.json and tokenizer_config.json (null where there is none). Nothing is ever
 * added to a text: post-processors, which add BOS and EOS, are left out. `where` names the file in errors.
 * Throws BAD_INPUT or UNSUPPORTED.
 */
export function huggingFaceTokenizer(json: unknown, configJson: unknown, where: string): Tokenizer {
  checkTokenizerLimits(json, where)
  const file = parse(tokenizerFile, json, where)
  const config = parse(configFile, configJson ?? {}, where)
  const added = withConfiguredTokens(file, config.added_tokens_decoder ?? {}, where)
  const build = (tokens: TokenizerFile['added_tokens']): LibraryTokenizer => libraryTokenizer(file, tokens, config, where)

  const parsing = build(added)
  let spelling: LibraryTokenizer | undefined // built when first needed: it costs as much as the other
  // A decoder rarely has patterns; without, it is called once a token and needs no clock.
  const timed = hasPattern(file.decoder)
    ? (length: number, work: () => string) => withinTime(`${where}: the decoder`, length * charactersPerToken, work)
    : (_length: number, work: () => string) => work()
  const ids = [
    ...(Array.isArray(file.model.vocab) ? file.model.vocab.keys() : Object.values(file.model.vocab)),
    ...added.map(({ id }) => id),
  ]
  return {
    vocabulary: ids.reduce((most, id) => Math.max(most, id + 1), 0),
    encode(text, { special }) {
      spelling ??= special ? undefined : build(added.filter((token) => !token.special))
      return (special ? parsing : spelling!).encode(text, { add_special_tokens: false }).ids
    },
    decode(sequence, { special }) {
      const known = sequence.filter((id) => parsing.id_to_token(id) !== undefined) // the model's vocabulary may be padded
      if (known.length === 0) return ''
      // Spaces before punctuation stay as they are, whatever the configuration says: the text is to give its ids again.
      return timed(known.length, () => parsing.decode(known, { skip_special_tokens: !special, clean_up_tokenization_spaces: false }))
    },
    tokenOf: (id) => parsing.id_to_token(id),
    idOf: (token) => parsing.token_to_id(token),
  }
}

function parse<T>(schema: z.ZodType<T>, json: unknown, where: string): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw badInput(`${where}: ${describeIssues(parsed.error)}`, 'Use the tokenizer files that came with the model.')
}

/** tokenizer_config.json may declare tokens that tokenizer.json lacks. */
function withConfiguredTokens(file: TokenizerFile, configured: Record<string, Omit<AddedToken, 'id'>>, where: string) {
  const strange = Object.keys(configured).find((id) => !/^\d{1,6}$/.test(id))
  if (strange !== undefined) {
    const file = where.replace(/[^/\\]*$/, 'tokenizer_config.json')
    const message = `${file}: added_tokens_decoder names the token id ${JSON.stringify(strange)}, which is no id`
    throw badInput(message, 'Use the tokenizer files that came with the model.')
  }
  const present = new Set(file.added_tokens.map(({ id }) => id))
  const more = Object.entries(configured)
    .map(([id, token]) => ({ ...token, id: Number(id) }) as AddedToken)
    .filter(({ id }) => !present.has(id))
  return [...file.added_tokens, ...more]
}

function libraryTokenizer(file: TokenizerFile, added: TokenizerFile['added_tokens'], config: object, where: string): LibraryTokenizer {
  if (!['BPE', 'Unigram', 'WordPiece'].includes(file.model.type)) throw unsupported(`${where}: a tokenizer of type ${file.model.type}`)
  try {
    return new LibraryTokenizer(
      {
        ...file,
        added_tokens: added,
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

/** GPT-2's pattern, which byte-level pre-tokenizers apply. */
const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

const isolated = (pattern: object) => ({ type: 'Split', pattern, behavior: 'Isolated', invert: false })

/**
 * The same pre-tokenizer in the parts that the JavaScript library does as the original does. Its `Digits` knows ASCII
 * digits only and its `ByteLevel` takes JavaScript's idea of white space; a `Split` by a pattern has neither fault.
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
    if (node.behavior === 'Isolated') return { ...node, invert: false } // isolated pieces are the same either way
    if (node.behavior !== 'Removed') {
      throw unsupported(`${where}: pre-tokenizer Split with ${node.behavior}`)
    }
  }
  return node
}

const unsupported = (what: string) =>
  new LaurelError('UNSUPPORTED', `${what} is not supported`, 'Use a model whose tokenizer is byte-pair encoding.')
