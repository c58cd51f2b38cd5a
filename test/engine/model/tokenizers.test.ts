import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GgufMetadata } from '../../../main/engine/model/formats/gguf/gguf-metadata.ts'
import { ggufTokenizerFiles } from '../../../main/engine/model/formats/gguf/gguf-tokenizer.ts'
import { huggingFaceTokenizer } from '../../../main/engine/model/tokenizer/hugging-face-tokenizer.ts'
import type { Tokenizer } from '../../../main/engine/model/tokenizer/tokenizer.ts'
import { specialTokens, tinyTokenizerMetadata, tinyVocabulary } from '../../support/tiny-tokenizer.ts'

const filesOf = (metadata: Record<string, unknown>) =>
  ggufTokenizerFiles(new GgufMetadata('x.gguf', { 'general.architecture': 'llama', ...metadata }))
function tokenizerOf(metadata: Record<string, unknown>): Tokenizer {
  const files = filesOf(metadata)!
  return huggingFaceTokenizer(JSON.parse(files.get('tokenizer.json')!), JSON.parse(files.get('tokenizer_config.json')!), 'x')
}
const pieces = (tokenizer: Tokenizer, text: string, special = false) =>
  tokenizer.encode(text, { special }).map((id) => tokenizer.tokenOf(id))

describe('a byte-level tokenizer', () => {
  const tokenizer = tokenizerOf(tinyTokenizerMetadata())

  test('merges within words and encodes the rest by bytes', () => {
    expect(pieces(tokenizer, 'hello world')).toEqual(['hello', 'Ġwor', 'l', 'd'])
    expect(tokenizer.vocabulary).toBe(tinyVocabulary.length)
    expect(tokenizer.idOf('hello')).toBe(tinyVocabulary.indexOf('hello'))
    expect(tokenizer.tokenOf(100_000)).toBeUndefined()
  })

  test('encodes special tokens in a text as plain text unless asked to parse them', () => {
    expect(pieces(tokenizer, '<|im_end|>')).toEqual(['<|', 'i', 'm', '_', 'e', 'n', 'd', '|', '>'])
    expect(tokenizer.encode('<|im_start|>hello<|im_end|>', { special: true })).toEqual([1, tinyVocabulary.indexOf('hello'), 2])
  })

  test('parses user-defined tokens either way', () => {
    expect(pieces(tokenizer, 'l[tool]l')).toEqual(['l', '[tool]', 'l'])
  })

  test('adds nothing to a text', () => {
    expect(tokenizerOf({ ...tinyTokenizerMetadata(), 'tokenizer.ggml.add_bos_token': true }).encode('l', { special: true })).toHaveLength(1)
    expect(tokenizer.encode('', { special: true })).toEqual([])
  })

  test('omits special tokens from decoded text on request, and unknown ids always', () => {
    const ids = [1, tinyVocabulary.indexOf('hello'), 2, 99_999]
    expect(tokenizer.decode(ids, { special: false })).toBe('hello')
    expect(tokenizer.decode(ids, { special: true })).toBe('<|im_start|>hello<|im_end|>')
    expect(tokenizer.decode([], { special: true })).toBe('')
  })

  test('has no text for rows of the model’s vocabulary without a token, which converters call [PAD] and their number', () => {
    const size = tinyVocabulary.length
    const metadata = tinyTokenizerMetadata()
    const padded = tokenizerOf({
      ...metadata,
      'tokenizer.ggml.tokens': [...tinyVocabulary, `[PAD${size}]`, '[PAD7]'],
      'tokenizer.ggml.token_type': [...metadata['tokenizer.ggml.token_type'], 5, 1],
    })
    expect(padded.decode([tinyVocabulary.indexOf('hello'), size, size + 1], { special: true })).toBe('hello[PAD7]')
    expect(padded.tokenOf(size)).toBeUndefined()
  })

  test('decodes the ids of any text to that text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text, { special: false }), { special: true })).toBe(text)
        expect(tokenizer.decode(tokenizer.encode(text, { special: true }), { special: true })).toBe(text)
      }),
      { seed: 1, numRuns: 500 },
    )
    for (const text of ["a , b . it 's n't", ' leading', '\n\n  x']) {
      expect(tokenizer.decode(tokenizer.encode(text, { special: false }), { special: false })).toBe(text)
    }
  })
})

describe('digits are tokenized', () => {
  const joined = (pre: string) => pieces(tokenizerOf(tinyTokenizerMetadata(pre)), '12').length === 1

  test('separately for SmolLM and Qwen', () => expect(['smollm', 'qwen2'].map(joined)).toEqual([false, false]))
  test('in groups for GPT-2 and Llama 3', () => expect(['gpt-2', 'llama-bpe', 'default'].map(joined)).toEqual([true, true, true]))
  test('separately for SmolLM in other scripts as well', () => {
    // Two Devanagari digits in four bytes. Without splitting, a merge would join the second digit's first byte to the first digit.
    const metadata = tinyTokenizerMetadata()
    const [a, b] = ['\u0967', '\u0968'].map((digit) =>
      [...new TextEncoder().encode(digit)].map((byte) => tinyVocabulary[specialTokens.length + byte]),
    )
    const across = tokenizerOf({
      ...metadata,
      'tokenizer.ggml.tokens': [...tinyVocabulary, a[2] + b[0]],
      'tokenizer.ggml.token_type': [...metadata['tokenizer.ggml.token_type'], 1],
      'tokenizer.ggml.merges': [`${a[2]} ${b[0]}`],
    })
    expect(across.encode('\u0967\u0968', { special: false })).toHaveLength(6)
  })
})

test('a word that is a token is used whole if merges are ignored', () => {
  const metadata = tinyTokenizerMetadata('llama-bpe')
  const tokens = [...tinyVocabulary, 'dlrow']
  const types = [...metadata['tokenizer.ggml.token_type'], 1]
  const of = (pre: string) =>
    tokenizerOf({ ...metadata, 'tokenizer.ggml.pre': pre, 'tokenizer.ggml.tokens': tokens, 'tokenizer.ggml.token_type': types })
  expect(pieces(of('llama-bpe'), 'dlrow')).toEqual(['dlrow'])
  expect(pieces(of('qwen2'), 'dlrow')).toEqual(['d', 'l', 'r', 'o', 'w'])
})

describe('a SentencePiece tokenizer', () => {
  const words = ['▁t', 'he', '▁the', 'ca', '▁c', '▁ca', 'at', '▁cat', 'in', 'an', '▁a', 'ana', '▁b', 'ban', '▁ban', 'na']
  const characters = [...'▁hecaintbs']
  const special = ['<unk>', '<s>', '</s>']
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
  const tokens = [...special, ...bytes, ...words, ...characters]
  const firstWord = special.length + bytes.length
  const scores = tokens.map((_, id) => (id < firstWord ? 0 : firstWord - id)) // as in real files: 0 and counting down
  const metadata = {
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.scores': scores,
    'tokenizer.ggml.token_type': tokens.map((_, id) => (id === 0 ? 2 : id < special.length ? 3 : id < firstWord ? 6 : 1)),
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
    'tokenizer.ggml.unknown_token_id': 0,
  }
  const tokenizer = tokenizerOf(metadata)

  /** SentencePiece itself: join the adjacent pair with the highest-scoring union, the first among equals, until none is left. */
  function joinByScore(text: string): number[] {
    const parts = [...`▁${text.replaceAll(' ', '▁')}`]
    for (;;) {
      const unions = parts.slice(1).map((part, i) => tokens.indexOf(parts[i] + part, firstWord))
      const best = Math.max(...unions.map((id) => (id < 0 ? Number.NEGATIVE_INFINITY : scores[id])))
      const at = unions.findIndex((id) => id >= 0 && scores[id] === best)
      if (at < 0) break
      parts.splice(at, 2, parts[at] + parts[at + 1])
    }
    const ids = parts.map((part) => tokens.indexOf(part, firstWord))
    return ids.flatMap((id, i) => (id >= 0 ? [id] : [...new TextEncoder().encode(parts[i])].map((byte) => special.length + byte)))
  }

  test('merges like SentencePiece', () => {
    expect(pieces(tokenizer, 'the cat')).toEqual(['▁the', '▁cat'])
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'thecainbs é', '漢', '😀'), minLength: 1, maxLength: 30 }), (text) => {
        expect(tokenizer.encode(text, { special: false })).toEqual(joinByScore(text))
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('encodes characters outside its vocabulary as bytes, and decodes them again', () => {
    expect(pieces(tokenizer, 'é')).toEqual(['▁', '<0xC3>', '<0xA9>'])
    expect(tokenizer.decode(tokenizer.encode('the é cat', { special: false }), { special: true })).toBe('the é cat')
  })

  test('puts no space before the text if the file says so', () => {
    expect(pieces(tokenizerOf({ ...metadata, 'tokenizer.ggml.add_space_prefix': false }), 'at')).toEqual(['at'])
  })

  test('is saved with BOS for transformers to add', () => {
    const saved = JSON.parse(filesOf(metadata)!.get('tokenizer.json')!)
    expect(saved.post_processor).toMatchObject({ type: 'TemplateProcessing', special_tokens: { '<s>': { ids: [1] } } })
  })
})

describe('a tokenizer is rejected', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['whose pre-tokenizer is unknown', tinyTokenizerMetadata('bloom'), /x\.gguf: pre-tokenizer "bloom" is not supported/],
    [
      'whose types do not match its tokens',
      { ...tinyTokenizerMetadata(), 'tokenizer.ggml.token_type': [1] },
      /numbers of tokens and token types differ/,
    ],
    ['with a duplicate token', { ...tinyTokenizerMetadata(), 'tokenizer.ggml.tokens': tinyVocabulary.map(() => 'a') }, /a duplicate token/],
    ['whose merges are not pairs', { ...tinyTokenizerMetadata(), 'tokenizer.ggml.merges': ['he'] }, /merge "he" isn't two tokens/],
    ['whose BOS is outside the vocabulary', { ...tinyTokenizerMetadata(), 'tokenizer.ggml.bos_token_id': 5000 }, /bos_token_id 5000/],
  ])('%s (GGUF)', (_, metadata, message) => {
    expect(() => filesOf(metadata)).toThrow(message)
  })

  test.each<[string, unknown, RegExp]>([
    ['that is not an object', [], /tokenizer\.json/],
    ['without a model', {}, /model/],
    ['of an unknown kind', { model: { type: 'Magic', vocab: {} } }, /tokenizer\.json: .*Magic/],
    [
      'with an unsupported split behavior',
      {
        model: { type: 'BPE', vocab: {}, merges: [] },
        pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithNext' },
      },
      /MergedWithNext/,
    ],
  ])('%s (tokenizer.json)', (_, json, message) => {
    expect(() => huggingFaceTokenizer(json, null, 'tokenizer.json')).toThrow(message)
  })
})

test('tokens declared only in tokenizer_config.json are known', () => {
  const json = JSON.parse(filesOf(tinyTokenizerMetadata())!.get('tokenizer.json')!)
  const config = { added_tokens_decoder: { 300: { content: '<think>', special: true } } }
  expect(huggingFaceTokenizer(json, config, 'x').encode('<think>', { special: true })).toEqual([300])
})

describe('tokens declared only in other files', () => {
  const json = JSON.parse(filesOf(tinyTokenizerMetadata())!.get('tokenizer.json')!)
  const ids = (text: string, ...files: [config: unknown, more?: { specialTokensMap?: unknown; addedTokens?: unknown }]) =>
    huggingFaceTokenizer(json, files[0], 'x', files[1]).encode(text, { special: true })
  const next = tinyVocabulary.length

  test('are known from each of them', () => {
    expect(ids('<a>', null, { addedTokens: { '<a>': 400 } })).toEqual([400])
    expect(ids('<b>', { eos_token: '<b>' })).toEqual([next])
    expect(ids('<c>', { pad_token: { content: '<c>' }, additional_special_tokens: ['<d>'] })).toEqual([next])
    expect(ids('<d>', { pad_token: { content: '<c>' }, additional_special_tokens: ['<d>'] })).toEqual([next + 1])
    expect(ids('<e>', {}, { specialTokensMap: { additional_special_tokens: [{ content: '<e>' }] } })).toEqual([next])
    expect(ids('<f>', { extra_special_tokens: { image: '<f>' } })).toEqual([next])
  })

  test('keep their ids in the vocabulary', () => {
    expect(ids('hello', { eos_token: 'hello' })).toEqual([tinyVocabulary.indexOf('hello')])
    expect(huggingFaceTokenizer(json, { eos_token: 'hello' }, 'x').decode([tinyVocabulary.indexOf('hello')], { special: false })).toBe('')
  })
})

test('a tokenizer reports the opening tokens of a plain text, and adds nothing itself', () => {
  const json = JSON.parse(filesOf(tinyTokenizerMetadata())!.get('tokenizer.json')!)
  const text = { Sequence: { id: 'A', type_id: 0 } }
  const bos = { SpecialToken: { id: '<|im_start|>', type_id: 0 } }
  const special_tokens = { '<|im_start|>': { id: '<|im_start|>', ids: [1], tokens: ['<|im_start|>'] } }
  const template = (single: object[]) => ({ type: 'TemplateProcessing', single, pair: [], special_tokens })
  const openingOf = (post_processor: unknown, config: object | null = null) =>
    huggingFaceTokenizer({ ...json, post_processor }, config, 'x').opening
  expect(openingOf(template([bos, text]))).toEqual([1])
  expect(openingOf(template([text, bos]))).toEqual([])
  expect(openingOf({ type: 'Sequence', processors: [{ type: 'ByteLevel' }, template([bos, text])] })).toEqual([1])
  expect(openingOf({ type: 'RobertaProcessing', cls: ['<s>', 2], sep: ['</s>', 0] })).toEqual([2])
  expect(openingOf(null, { add_bos_token: true, bos_token: '<|im_start|>' })).toEqual([])
  expect(
    huggingFaceTokenizer({ ...json, post_processor: template([bos, text]) }, null, 'x').encode('hello', { special: true }),
  ).toHaveLength(1)
})
