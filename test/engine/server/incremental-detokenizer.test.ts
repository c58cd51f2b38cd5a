import fc from 'fast-check'
import { expect, test } from 'vitest'
import { incrementalDetokenizer, responseText } from '../../../main/engine/inference/incremental-detokenizer.ts'
import type { Tokenizer } from '../../../main/engine/model/tokenizer/tokenizer.ts'
import type { GeneratePiece } from '../../../main/shared/engine-protocol.ts'

/** One token per byte, the fallback of byte-level tokenizers. */
const byteTokenizer: Tokenizer = {
  vocabulary: 256,
  opening: [],
  isSpecial: () => false,
  encode: (text) => [...Buffer.from(text)],
  decode: (ids) => Buffer.from(ids).toString('utf8'),
  tokenOf: String,
  idOf: Number,
}

/** All pieces of a response, checked after each token, with `pace` milliseconds between tokens. */
function piecesOf(tokenIds: readonly number[], stop: readonly string[] = [], pace = 1000): GeneratePiece[] {
  let time = 0
  const growing = incrementalDetokenizer(byteTokenizer, stop, () => time)
  const pieces: (GeneratePiece | undefined)[] = []
  for (let count = 1; count < tokenIds.length; count++) {
    time += pace
    if (!growing.isDue(0, 0)) continue
    pieces.push(growing.next({ row: 0, sample: 0, tokenIds: tokenIds.slice(0, count), finishReason: null }))
  }
  pieces.push(growing.next({ row: 0, sample: 0, tokenIds: [...tokenIds], finishReason: 'stop' }))
  return pieces.filter((piece) => piece !== undefined)
}

const together = (pieces: readonly GeneratePiece[]): string => pieces.reduce((text, piece) => text.slice(0, piece.at) + piece.text, '')

test('pieces add up to the final text, for any characters and stop strings, and are never revised', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '語', '🌿', '\n'), minLength: 1, maxLength: 30 })
  const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '語'), minLength: 1, maxLength: 3 }), { maxLength: 2 })
  fc.assert(
    fc.property(text, stops, (said, stop) => {
      const ids = byteTokenizer.encode(said, { special: false })
      const pieces = piecesOf(ids, stop)
      expect(together(pieces)).toBe(responseText(byteTokenizer, ids, stop).text)
      let length = 0
      for (const { at, text: piece } of pieces) {
        expect(at).toBe(length)
        expect(piece).not.toContain('\uFFFD')
        length += piece.length
      }
    }),
    { seed: 11 },
  )
})

test('invalid bytes appear as in the final text', () => {
  const ids = [0x61, 0xff, 0x62, 0xf0, 0x9f]
  expect(together(piecesOf(ids))).toBe(byteTokenizer.decode(ids, { special: false }))
})

test('the start of a stop string is held back until it turns out not to be one', () => {
  const texts = piecesOf(byteTokenizer.encode('so <endive', { special: false }), ['<end>']).map(({ text }) => text)
  expect(texts).toEqual(['s', 'o', ' ', '<endi', 'v', 'e'])
})

test('follows a tokenizer that changes earlier text', () => {
  const tidy: Tokenizer = { ...byteTokenizer, decode: (ids) => Buffer.from(ids).toString('utf8').replaceAll(' .', '.') }
  const growing = incrementalDetokenizer(tidy, [], () => 0)
  const ids = (text: string) => byteTokenizer.encode(text, { special: false })
  const first = growing.next({ row: 0, sample: 0, tokenIds: ids('end '), finishReason: null })!
  const last = growing.next({ row: 0, sample: 0, tokenIds: ids('end .'), finishReason: 'stop' })!
  expect([first.text, last.at, last.text]).toEqual(['end ', 3, '.'])
})

test('sends a piece immediately and then five times a second, however fast the response grows', () => {
  const pieces = piecesOf(byteTokenizer.encode('x'.repeat(1000), { special: false }), [], 1)
  expect(pieces[0].text).toBe('x')
  expect(pieces).toHaveLength(6)
})
