import { describe, expect, test } from 'vitest'
import type { ModelFiles } from '../../../main/engine/model/load-model.ts'
import type { Tokenizer } from '../../../main/engine/model/tokenizer/tokenizer.ts'
import { rowTokens, tokenTexts } from '../../../main/engine/training/encoded-rows.ts'
import { characterTokenizer } from '../../support/fake-numerics.ts'

/** One token per byte: characters outside ASCII span several tokens. */
const byteTokenizer: Tokenizer = {
  vocabulary: 256,
  opening: [],
  isSpecial: () => false,
  encode: (text) => [...new TextEncoder().encode(text)],
  decode: (ids) => new TextDecoder().decode(Uint8Array.from(ids)),
  tokenOf: () => undefined,
  idOf: () => undefined,
}

const files = (tokenizer: Tokenizer | null): ModelFiles =>
  ({ tokenizer, chatTemplate: null, stopTokens: [0], config: { vocabulary: 200_000, contextLength: 64 } }) as unknown as ModelFiles

describe('a row token by token', () => {
  test('has no loss on its prompt, and a loss on its response through the end token', () => {
    const [row] = rowTokens(files(characterTokenizer), {
      model: 'm',
      rows: [{ prompt: 'ab', completion: 'c' }],
      maxLength: 10,
      promptWeight: 0,
    })
    expect(row.problem).toBeNull()
    expect(row.tokens.map(({ weight }) => weight)).toEqual([0, 0, 1, 1])
    expect(row.tokens.slice(0, 3).map(({ text }) => text)).toEqual(['a', 'b', 'c'])
  })

  test('shows a row’s own weights, the prompt weight except on the first token, and the truncation', () => {
    const [weighted, cut] = rowTokens(files(characterTokenizer), {
      model: 'm',
      rows: [
        { prompt: 'ab', completion: 'c', weights: [0.3, 2], promptWeight: 0.5 },
        { prompt: 'ab', completion: 'cdef' },
      ],
      maxLength: 4,
      promptWeight: 0,
    })
    expect(weighted.tokens.map(({ weight }) => weight)).toEqual([0, 0.5, 0.3, 2])
    expect(weighted.isCut).toBe(false)
    expect({ tokens: cut.tokens.length, isCut: cut.isCut }).toEqual({ tokens: 4, isCut: true })
  })

  test('says why a row cannot be trained on, and shows the others', () => {
    const rows = rowTokens(files(characterTokenizer), {
      model: 'm',
      rows: [
        { prompt: 'ab', completion: 'c', weights: [1] },
        { prompt: 'ab', completion: 'c' },
      ],
      maxLength: 10,
      promptWeight: 0,
    })
    expect(rows[0]).toMatchObject({ tokens: [], problem: expect.stringMatching(/1 weights for 2/) })
    expect(rows[1].problem).toBeNull()
  })

  test('has no texts for a model without a tokenizer, whose rows are token ids', () => {
    const [row, text] = rowTokens(files(null), {
      model: 'm',
      rows: [
        { prompt: { inputIds: [3, 4] }, completion: { inputIds: [5] } },
        { prompt: 'ab', completion: 'c' },
      ],
      maxLength: 10,
      promptWeight: 0,
    })
    expect(row.tokens.map(({ id, text, weight }) => [id, text, weight])).toEqual([
      [3, '', 0],
      [4, '', 0],
      [5, '', 1],
    ])
    expect(text.problem).toContain('no tokenizer')
  })

  test('the last token of a multi-token character has its text', () => {
    const text = 'aé漢🙂 z'
    const texts = tokenTexts(byteTokenizer, byteTokenizer.encode(text, { special: false }))
    expect(texts.join('')).toBe(text)
    expect(texts.slice(0, 6)).toEqual(['a', '', 'é', '', '', '漢'])
  })
})
