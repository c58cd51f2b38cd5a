import { byteCharacters, chatMl, specialTokens } from './tiny-tokenizer.ts'

/** Tokenizer files for the tiny models of the zoo, which have 320 tokens. */
const json = (value: object): string => JSON.stringify(value)

const added = (content: string, id: number) => ({
  ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
})

const merges = ['h e', 'l l', 'he ll', 'hell o', 'Ġ w', 'o r', 'Ġw or', '1 2', 'i t', 'c l', 'o c', 'oc k']

/** Byte-level, as SmolLM2's: 0 to 2 are special, the configurations' end of text is 2. */
export function byteLevelFiles(): Map<string, string> {
  const tokens = [...specialTokens, ...byteCharacters(), ...merges.map((merge) => merge.replace(' ', ''))]
  return new Map([
    [
      'tokenizer.json',
      json({
        version: '1.0',
        added_tokens: specialTokens.map(added),
        normalizer: null,
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Digits', individual_digits: true },
            { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
          ],
        },
        post_processor: null,
        decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
        model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
      }),
    ],
    ['tokenizer_config.json', json({ tokenizer_class: 'PreTrainedTokenizerFast', eos_token: '<|im_end|>', chat_template: chatMl })],
  ])
}

/** SentencePiece with bytes for unknown characters, as Gemma's: a text starts with <s>. */
export function sentencePieceFiles(): Map<string, string> {
  const special = ['<pad>', '<s>', '</s>', '<unk>']
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
  const letters = [...'▁helowrditskc12']
  const pairs = [
    ['h', 'e'],
    ['l', 'l'],
    ['▁', '▁'],
    ['▁', 'w'],
    ['he', 'll'],
    ['o', 'r'],
    ['▁w', 'or'],
    ['i', 't'],
    ['hell', 'o'],
    ['▁', 'it'],
  ]
  const tokens = [...special, ...bytes, ...letters, ...pairs.map((pair) => pair.join(''))]
  return new Map([
    [
      'tokenizer.json',
      json({
        version: '1.0',
        added_tokens: special.map(added),
        normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
          pair: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
          special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
        },
        decoder: {
          type: 'Sequence',
          decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }],
        },
        model: {
          ...{ type: 'BPE', unk_token: '<unk>', fuse_unk: true, byte_fallback: true },
          vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
          merges: pairs,
        },
      }),
    ],
    [
      'tokenizer_config.json',
      json({
        ...{ tokenizer_class: 'PreTrainedTokenizerFast', bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' },
        chat_template: "{{ bos_token }}{% for m in messages %}{{ m['content'] + '</s>' }}{% endfor %}",
      }),
    ],
  ])
}
