/** How text is split before byte-pair encoding, in tokenizer.json's terms. */
interface PreTokenization {
  readonly preTokenizer: object
  readonly normalizer?: object
  /** Words that are tokens themselves are used as they are, without merges. */
  readonly ignoreMerges?: boolean
}

const byteLevel = (useRegex: boolean) => ({ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: useRegex })

const split = (regex: string) => ({ type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false })

const sequence = (...pretokenizers: object[]) => ({ type: 'Sequence', pretokenizers })

/** The pattern of Llama 3 and Qwen 2, which differ in how digits are grouped. */
const modernPattern = (digits: string) =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

const gpt2: PreTokenization = { preTokenizer: byteLevel(true) }

/** SmolLM, StarCoder: every digit separately, then as GPT-2. */
const singleDigits: PreTokenization = { preTokenizer: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)) }

const llama3: PreTokenization = {
  preTokenizer: sequence(split(modernPattern(String.raw`\p{N}{1,3}`)), byteLevel(false)),
  ignoreMerges: true,
}

const qwen2: PreTokenization = {
  normalizer: { type: 'NFC' },
  preTokenizer: sequence(split(modernPattern(String.raw`\p{N}`)), byteLevel(false)),
}

/** Mistral NeMo: also splits words between a lowercase and an uppercase letter. */
const tekken: PreTokenization = {
  preTokenizer: sequence(
    split(
      String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    ),
    byteLevel(false),
  ),
  ignoreMerges: true,
}

/** llama.cpp's default for files without a pre-tokenizer. */
const fallback: PreTokenization = {
  preTokenizer: sequence(
    split(String.raw`[\p{P}\$\+<=>\^~\|]+`),
    split(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)`),
    split(String.raw`\p{N}+`),
    split('[0-9][0-9][0-9]'),
    byteLevel(false),
  ),
}

/** Keyed by `tokenizer.ggml.pre`. */
export const preTokenizers: ReadonlyMap<string, PreTokenization> = new Map([
  ['default', fallback],
  ['gpt-2', gpt2],
  ['smollm', singleDigits],
  ['starcoder', singleDigits],
  ['llama-bpe', llama3],
  ['llama3', llama3],
  ['llama-v3', llama3],
  ['qwen2', qwen2],
  ['deepseek-r1-qwen', qwen2],
  ['tekken', tekken],
])
