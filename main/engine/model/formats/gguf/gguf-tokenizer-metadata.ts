import { z } from 'zod'
import { LaurelError } from '../../../../shared/errors.ts'
import type { ModelFiles } from '../../load-model.ts'
import type { Tokenizer } from '../../tokenizer/tokenizer.ts'
import { namedTokens } from '../../tokenizer/tokenizer-config.ts'
import { preTokenizers } from './gguf-pre-tokenizers.ts'
import type { GgufValue } from './write-gguf.ts'

const part = z.looseObject({ type: z.string() })

const tokenizerFile = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), special: z.boolean().default(false) })).default([]),
  normalizer: part.nullish(),
  pre_tokenizer: part.nullish(),
  decoder: part.nullish(),
  model: z.looseObject({
    type: z.string().default('BPE'),
    vocab: z.record(z.string(), z.int()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).default([]),
    unk_token: z.string().nullish(),
    byte_fallback: z.boolean().nullish(),
    ignore_merges: z.boolean().nullish(),
  }),
})
type TokenizerFile = z.infer<typeof tokenizerFile>

/** GGUF's token types. */
const types = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 }

/**
 * A model's tokenizer and chat template as metadata of a GGUF file; empty without a tokenizer. Throws UNSUPPORTED for a tokenizer that
 * llama.cpp has no name for.
 */
export function tokenizerMetadata({
  path,
  config,
  tokenizer,
  chatTemplate,
  tokenizerFiles,
  stopTokens,
}: ModelFiles): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>()
  const json = tokenizerFiles.get('tokenizer.json')
  if (tokenizer === null || json === undefined) return metadata.set('tokenizer.ggml.model', 'none')
  const parsed = tokenizerFile.safeParse(JSON.parse(json))
  if (!parsed.success || parsed.data.model.type !== 'BPE') throw noForm(path, 'it is not a byte-pair encoding')
  const file = parsed.data
  const kind = isByteLevel(file) ? byteLevel(file, path) : sentencePiece(file, config.vocabulary, path)
  const { tokens, tokenTypes } = vocabularyOf(file, tokenizer, config.vocabulary, kind.spaces, path)
  for (const [key, value] of kind.metadata) metadata.set(`tokenizer.ggml.${key}`, value)
  metadata.set('tokenizer.ggml.tokens', tokens).set('tokenizer.ggml.token_type', tokenTypes)
  const configJson: unknown = JSON.parse(tokenizerFiles.get('tokenizer_config.json') ?? 'null')
  const special: unknown = JSON.parse(tokenizerFiles.get('special_tokens_map.json') ?? 'null')
  const named = namedTokens(configJson, special)
  const idOf = (role: string): number | undefined => (typeof named[role] === 'string' ? tokenizer.idOf(named[role]) : undefined)
  const bos = idOf('bos_token') ?? config.bosToken ?? undefined
  const [eos, eot, eom] = [...new Set([idOf('eos_token'), ...stopTokens].filter((id) => id !== undefined))]
  const ids = { bos, eos, eot, eom, unknown: idOf('unk_token'), padding: idOf('pad_token') ?? config.padToken ?? undefined }
  for (const [role, id] of Object.entries(ids)) {
    if (id !== undefined && id < config.vocabulary) metadata.set(`tokenizer.ggml.${role}_token_id`, id)
  }
  metadata.set('tokenizer.ggml.add_bos_token', bos !== undefined && tokenizer.opening[0] === bos)
  metadata.set('tokenizer.ggml.add_eos_token', false)
  return chatTemplate === null ? metadata : metadata.set('tokenizer.chat_template', chatTemplate.source)
}

interface Kind {
  readonly metadata: ReadonlyMap<string, GgufValue>
  /** What the file's tokens have for a space. */
  readonly spaces: string
}

const within = ({ type, ...rest }: z.infer<typeof part>, wanted: string): boolean =>
  type === wanted ||
  Object.values(rest).some((list) => Array.isArray(list) && list.some((inner) => (inner as { type?: unknown })?.type === wanted))

const isByteLevel = ({ pre_tokenizer }: TokenizerFile): boolean => pre_tokenizer != null && within(pre_tokenizer, 'ByteLevel')

/** Tokens of bytes mapped to printable characters. llama.cpp knows how text is split before by a name. */
function byteLevel({ normalizer, pre_tokenizer, model }: TokenizerFile, path: string): Kind {
  const wanted = canonical([normalizer ?? null, pre_tokenizer])
  const same = [...preTokenizers].filter(([, pre]) => canonical([pre.normalizer ?? null, pre.preTokenizer]) === wanted)
  const ignores = model.ignore_merges ?? false
  const named = (same.find(([, pre]) => (pre.ignoreMerges ?? false) === ignores) ?? same[0])?.[0]
  if (named === undefined) throw noForm(path, "it splits text in a way that llama.cpp's names don't include")
  const merges = model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')))
  if (model.merges.some((merge) => typeof merge !== 'string' && merge.some((token) => token.includes(' ')))) {
    throw noForm(path, 'its merges contain spaces')
  }
  return {
    spaces: ' ',
    metadata: new Map<string, GgufValue>([
      ['model', 'gpt2'],
      ['pre', named],
      ['merges', merges],
    ]),
  }
}

/** Sorted JSON without options that don't change how text is split. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (key, inner: unknown) => {
    if (key === 'trim_offsets' || (key === 'invert' && inner === false)) return undefined
    const isPlain = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    return isPlain ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner
  })

const space = '▁'

/**
 * SentencePiece: spaces are ▁, and of all adjacent pairs the one whose union has the highest score is joined. So a token's score is the rank of
 * the first merge that makes it, in the order of the file's merges.
 */
function sentencePiece({ normalizer, pre_tokenizer, model }: TokenizerFile, vocabulary: number, path: string): Kind {
  const { replaces, prepends } = spacesOf([normalizer, pre_tokenizer], path)
  const withSpaces = (token: string): string => (replaces ? token : token.replaceAll(' ', space))
  if (!replaces && Object.keys(model.vocab).some((token) => token.includes(space))) throw noForm(path, 'its tokens contain ▁')
  const scores = new Float32Array(vocabulary).fill(-vocabulary - model.merges.length)
  for (const [rank, merge] of [...model.merges.entries()].toReversed()) {
    const [left, right] = typeof merge === 'string' ? merge.split(' ') : merge
    const id = model.vocab[left + right]
    if (id !== undefined && id < vocabulary) scores[id] = -rank
  }
  return {
    spaces: withSpaces(' '),
    metadata: new Map<string, GgufValue>([
      ['model', 'llama'],
      ['pre', 'default'],
      ['add_space_prefix', prepends],
      ['scores', scores],
    ]),
  }
}

/** Whether spaces become ▁, and whether one is put in front of a text. Throws UNSUPPORTED for steps that do something else. */
function spacesOf(parts: readonly unknown[], path: string): { replaces: boolean; prepends: boolean } {
  const found = { replaces: false, prepends: false }
  const steps = parts.flatMap(stepsIn)
  for (const step of steps) {
    const { type, content, prepend, replacement, prepend_scheme, add_prefix_space, pattern } = step
    const isSpace = (pattern as { String?: unknown } | undefined)?.String === ' '
    if (type === 'Replace' && isSpace && content === space) found.replaces = true
    else if (type === 'Prepend' && prepend === space) found.prepends = true
    else if (type === 'Metaspace' && (replacement ?? space) === space) {
      found.replaces = true
      found.prepends = prepend_scheme === undefined ? add_prefix_space !== false : prepend_scheme !== 'never'
    } else if (!(type === 'Split' && isSpace && found.replaces)) throw noForm(path, `it has the step ${String(type)}`)
  }
  return found
}

function stepsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  const step = value as Record<string, unknown>
  const inner = step.normalizers ?? step.pretokenizers
  return step.type === 'Sequence' && Array.isArray(inner) ? inner.flatMap(stepsIn) : [step]
}

function vocabularyOf(file: TokenizerFile, tokenizer: Tokenizer, size: number, spaces: string, path: string) {
  if (tokenizer.vocabulary > size) throw noForm(path, `it has ${tokenizer.vocabulary} tokens, the model only ${size}`)
  const listed = new Set(file.added_tokens.map(({ id }) => id))
  const isAdded = (token: string, id: number): boolean => listed.has(id) || file.model.vocab[token] !== id
  const ids = Array.from({ length: size }, (_, id) => id)
  const tokens = ids.map((id) => {
    const token = tokenizer.tokenOf(id)
    if (token === undefined) return `[PAD${id}]`
    return isAdded(token, id) ? token : token.replaceAll(' ', spaces)
  })
  if (new Set(tokens).size !== size) throw noForm(path, 'two of its tokens have the same text')
  const isSentencePiece = !isByteLevel(file)
  const typeOf = (id: number): number => {
    const token = tokenizer.tokenOf(id)
    if (token === undefined) return types.unused
    if (isSentencePiece && token === file.model.unk_token) return types.unknown
    if (isAdded(token, id)) return tokenizer.isSpecial(id) ? types.control : types.userDefined
    return isSentencePiece && /^<0x[0-9A-F]{2}>$/.test(token) ? types.byte : types.normal
  }
  return { tokens, tokenTypes: Int32Array.from(ids, typeOf) }
}

const noForm = (path: string, why: string): LaurelError =>
  new LaurelError(
    'UNSUPPORTED',
    `${path}: its tokenizer has no form in GGUF: ${why}.`,
    "Export a Hugging Face folder, and convert that with llama.cpp's convert_hf_to_gguf.py.",
  )
