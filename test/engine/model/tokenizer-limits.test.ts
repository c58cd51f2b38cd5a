import { describe, expect, test } from 'vitest'
import { mapWithinTime, withinTime } from '../../../main/engine/model/time-limit.ts'
import { huggingFaceTokenizer } from '../../../main/engine/model/tokenizer/hugging-face-tokenizer.ts'

const vocab = { a: 0, b: 1, '!': 2, x: 3 }
const file = (change: object = {}) => ({
  model: { type: 'BPE', vocab, merges: [] },
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  decoder: null,
  ...change,
})
const open = (change: object, config: object | null = null) => huggingFaceTokenizer(file(change), config, 'm/tokenizer.json')

describe('a tokenizer that would use too much memory is rejected by name', () => {
  const replace = (content: string, pattern: object) => ({ type: 'Replace', pattern, content })
  test.each([
    [
      'tables',
      { model: { type: 'BPE', vocab: Object.fromEntries(Array.from({ length: 500_001 }, (_, i) => [`t${i}`, i])), merges: [] } },
      /500,001 tokens/,
    ],
    [
      'doubling',
      { normalizer: { type: 'Sequence', normalizers: Array.from({ length: 40 }, () => replace('aa', { String: 'a' })) } },
      /its normalizer can make a text/,
    ],
    ['an overlong replacement', { normalizer: replace('a'.repeat(2000), { String: 'a' }) }, /its normalizer can make a text/],
    [
      'empty matches',
      { normalizer: { type: 'Sequence', normalizers: Array.from({ length: 12 }, () => replace('b', { Regex: '' })) } },
      /its normalizer/,
    ],
    [
      'a decoder that doubles',
      { decoder: { type: 'Sequence', decoders: Array.from({ length: 40 }, () => replace('aa', { String: 'a' })) } },
      /its decoder/,
    ],
  ])('%s', (_name, change, message) => {
    expect(() => open(change)).toThrow(expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringMatching(message) }))
  })

  test('real tokenizers are within the limits', () => {
    const real = { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, replace('▁', { String: ' ' })] }
    expect(() =>
      open({
        normalizer: real,
        decoder: { type: 'Sequence', decoders: [replace(' ', { String: '▁' }), { type: 'ByteFallback' }, { type: 'Fuse' }] },
      }),
    ).not.toThrow()
  })
})

describe('invalid token ids are rejected by name', () => {
  test.each([-1, -4294967295])('added token %i', (id) => {
    expect(() => open({ added_tokens: [{ id, content: '<x>', special: true }] })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining('m/tokenizer.json: added_tokens.0.id') }),
    )
  })
  test.each(['-1', '-4294967295', '1.5', 'one', '99999999999'])('added_tokens_decoder %s', (id) => {
    expect(() => open({}, { added_tokens_decoder: { [id]: { content: '<x>', special: true } } })).toThrow(
      expect.objectContaining({
        code: 'BAD_INPUT',
        message: `m/tokenizer_config.json: added_tokens_decoder contains the invalid token id "${id}"`,
      }),
    )
  })
})

describe('a pattern with catastrophic backtracking', () => {
  const catastrophic = { pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false } }
  const bomb = `${'a'.repeat(60)}!`

  test('is interrupted, the row is named, and later work succeeds', () => {
    const tokenizer = open(catastrophic)
    const read = (texts: string[]) => mapWithinTime('m: reading the text', texts, (text) => tokenizer.encode(text, { special: true }))
    expect(() => read(['ab', bomb])).toThrow(
      expect.objectContaining({
        code: 'BAD_INPUT',
        row: 1,
        message: expect.stringMatching(/^m: reading the text took more than \d+ seconds/),
      }),
    )
    expect(read(['ab', 'x'])).toEqual([[0, 1], [3]])
  }, 60_000)

  test('is interrupted in a decoder too', () => {
    const tokenizer = open({
      decoder: { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' }] },
    })
    expect(() => tokenizer.decode([...Array<number>(60).fill(0), 2], { special: true })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    )
    expect(tokenizer.decode([1, 3], { special: true })).toBe('bx')
  }, 60_000)
})

test("errors of the work itself pass through without losing other rows' results", () => {
  expect(() =>
    mapWithinTime('x', [1, 2], () => {
      throw new RangeError('own')
    }),
  ).toThrow(RangeError)
  expect(
    mapWithinTime(
      'x',
      Array.from({ length: 3000 }, (_, i) => i),
      (i) => withinTime('y', 0, () => i * 2),
    )[2999],
  ).toBe(5998)
})
