import { LaurelError } from '../../../../shared/errors.ts'
import { sentencePieceMerges } from '../../tokenizer/hugging-face-tokenizer.ts'
import { type GgufMetadata, ggufError } from './gguf-metadata.ts'
import { preTokenizers } from './gguf-pre-tokenizers.ts'

/** GGUF's token types. */
const unknownType = 2
const controlType = 3
const userDefinedType = 4
const unusedType = 5

interface GgufVocabulary {
  readonly tokens: readonly string[]
  readonly types: readonly number[]
}

/**
 * The tokenizer in a GGUF file's metadata, as Hugging Face files (name -> content): tokenizer.json, and tokenizer_config.json with the chat
 * template. Null if the file has none. Saved next to the weights, they open in transformers. Throws BAD_INPUT or UNSUPPORTED naming the
 * file.
 */
export function ggufTokenizerFiles(metadata: GgufMetadata): Map<string, string> | null {
  const model = metadata.optionalString('tokenizer.ggml.model')
  if (model === undefined || model === 'none' || model === 'no_vocab') return null
  const vocabulary = readVocabulary(metadata)
  const build = { gpt2: byteLevelTokenizer, llama: sentencePieceTokenizer }[model]
  if (!build) throw unsupported(metadata, `tokenizer ${JSON.stringify(model)}`)
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(vocabulary),
    ...build(metadata, vocabulary),
    post_processor: bosProcessor(metadata, vocabulary, model),
  }
  return new Map([
    ['tokenizer.json', `${JSON.stringify(tokenizer, null, 2)}\n`],
    ['tokenizer_config.json', `${JSON.stringify(tokenizerConfig(metadata, vocabulary), null, 2)}\n`],
  ])
}

function readVocabulary(metadata: GgufMetadata): GgufVocabulary {
  const tokens = metadata.strings('tokenizer.ggml.tokens')
  const types = metadata.optionalNumbers('tokenizer.ggml.token_type') ?? tokens.map(() => 1)
  if (types.length !== tokens.length) throw ggufError(metadata.path, 'the numbers of tokens and token types differ')
  if (new Set(tokens).size !== tokens.length) throw ggufError(metadata.path, 'metadata tokenizer.ggml.tokens contains a duplicate token')
  return { tokens, types }
}

function addedTokens({ tokens, types }: GgufVocabulary): object[] {
  return tokens.flatMap((content, id) => {
    const special = types[id] === controlType || types[id] === unknownType
    if ((!special && types[id] !== userDefinedType) || content === '') return []
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }]
  })
}

/** The tokens by text, without those that converters make up for rows of the model's vocabulary that have none: they would be read as text. */
const vocabOf = ({ tokens, types }: GgufVocabulary) =>
  Object.fromEntries(
    tokens.map((token, id) => [token, id] as const).filter(([token, id]) => types[id] !== unusedType || token !== `[PAD${id}]`),
  )

/** Byte-pair encoding over bytes mapped to printable characters (GPT-2 and later). */
function byteLevelTokenizer(metadata: GgufMetadata, vocabulary: GgufVocabulary): object {
  const name = metadata.optionalString('tokenizer.ggml.pre') ?? 'default'
  const pre = preTokenizers.get(name)
  if (!pre) throw unsupported(metadata, `pre-tokenizer ${JSON.stringify(name)}`)
  return {
    normalizer: pre.normalizer ?? null,
    pre_tokenizer: pre.preTokenizer,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.ignoreMerges ?? false,
      vocab: vocabOf(vocabulary),
      merges: metadata.strings('tokenizer.ggml.merges').map((merge) => splitMerge(metadata, merge)),
    },
  }
}

/** A merge is two tokens separated by a space. Tokens contain no spaces, because bytes are mapped to other characters. */
function splitMerge(metadata: GgufMetadata, merge: string): [string, string] {
  const space = merge.indexOf(' ', 1)
  if (space < 0) throw ggufError(metadata.path, `merge ${JSON.stringify(merge)} isn't two tokens`)
  return [merge.slice(0, space), merge.slice(space + 1)]
}

/** SentencePiece byte-pair encoding (Llama 2, Mistral): spaces become ▁, characters outside the vocabulary become bytes. */
function sentencePieceTokenizer(metadata: GgufMetadata, vocabulary: GgufVocabulary): object {
  const scores = metadata.optionalNumbers('tokenizer.ggml.scores')
  if (scores?.length !== vocabulary.tokens.length) throw ggufError(metadata.path, "metadata tokenizer.ggml.scores doesn't match the tokens")
  const prefix = metadata.optionalBoolean('tokenizer.ggml.add_space_prefix') ?? true
  const space = { type: 'Replace', pattern: { String: ' ' }, content: '▁' }
  return {
    normalizer: { type: 'Sequence', normalizers: [...(prefix ? [{ type: 'Prepend', prepend: '▁' }] : []), space] },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: tokenAt(metadata, vocabulary, 'unknown') ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: vocabOf(vocabulary),
      merges: sentencePieceMerges(vocabulary.tokens, scores, vocabulary.types),
    },
  }
}

/** For transformers: adds BOS if the model expects it. Laurel's own tokenizer adds nothing. */
function bosProcessor(metadata: GgufMetadata, vocabulary: GgufVocabulary, model: string): object | null {
  const bos = tokenAt(metadata, vocabulary, 'bos')
  const llama3 = ['llama-bpe', 'llama3', 'llama-v3'].includes(metadata.optionalString('tokenizer.ggml.pre') ?? '')
  const wanted = metadata.optionalBoolean('tokenizer.ggml.add_bos_token') ?? (model === 'llama' || llama3)
  if (!wanted || bos === undefined) return null
  const id = vocabulary.tokens.indexOf(bos)
  const opening = { SpecialToken: { id: bos, type_id: 0 } }
  const text = (name: string, type: number) => ({ Sequence: { id: name, type_id: type } })
  return {
    type: 'TemplateProcessing',
    single: [opening, text('A', 0)],
    pair: [opening, text('A', 0), { SpecialToken: { id: bos, type_id: 1 } }, text('B', 1)],
    special_tokens: { [bos]: { id: bos, ids: [id], tokens: [bos] } },
  }
}

function tokenizerConfig(metadata: GgufMetadata, vocabulary: GgufVocabulary): object {
  const template = metadata.optionalString('tokenizer.chat_template')
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    model_max_length: metadata.optionalNumber(`${metadata.string('general.architecture')}.context_length`),
    bos_token: tokenAt(metadata, vocabulary, 'bos'),
    eos_token: tokenAt(metadata, vocabulary, 'eos'),
    unk_token: tokenAt(metadata, vocabulary, 'unknown'),
    pad_token: tokenAt(metadata, vocabulary, 'padding'),
    ...(template === undefined ? {} : { chat_template: template }),
  }
}

/** The token that the metadata names for a role, or undefined. */
function tokenAt(metadata: GgufMetadata, { tokens }: GgufVocabulary, role: 'bos' | 'eos' | 'unknown' | 'padding'): string | undefined {
  const id = metadata.optionalNumber(`tokenizer.ggml.${role}_token_id`)
  if (id === undefined) return undefined
  if (tokens[id] === undefined) throw ggufError(metadata.path, `tokenizer.ggml.${role}_token_id ${id} is outside the vocabulary`)
  return tokens[id]
}

const unsupported = (metadata: GgufMetadata, what: string) =>
  new LaurelError('UNSUPPORTED', `${metadata.path}: ${what} is not supported`, 'Use the Hugging Face folder of the model instead.')
