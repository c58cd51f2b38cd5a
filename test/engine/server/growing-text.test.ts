import fc from 'fast-check'
import { expect, test } from 'vitest'
import { growingTexts } from '../../../main/engine/process/growing-text.ts'
import type { Tokenizer } from '../../../main/engine/process/model/tokenizer.ts'
import { responseText } from '../../../main/engine/process/response-text.ts'
import type { GeneratePiece } from '../../../main/engine/protocol.ts'

/** One token for each byte, as byte-level tokenizers fall back to. */
const byteTokenizer: Tokenizer = {
  vocabulary: 256,
  opening: [],
  isSpecial: () => false,
  encode: (text) => [...Buffer.from(text)],
  decode: (ids) => Buffer.from(ids).toString('utf8'),
  tokenOf: String,
  idOf: Number,
}

/** Every piece told of a response, one look after each token, at a clock that goes `pace` milliseconds between tokens. */
function piecesOf(tokenIds: readonly number[], stop: readonly string[] = [], pace = 1000): GeneratePiece[] {
  let time = 0
  const growing = growingTexts(byteTokenizer, stop, () => time)
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

test('all pieces together are the final text, whatever the characters and stop texts, and nothing told is taken back', () => {
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

test('bytes that are no text stay what the final text shows for them', () => {
  const ids = [0x61, 0xff, 0x62, 0xf0, 0x9f]
  expect(together(piecesOf(ids))).toBe(byteTokenizer.decode(ids, { special: false }))
})

test('the beginning of a stop text is held back until it is known not to be one', () => {
  const texts = piecesOf(byteTokenizer.encode('so <endive', { special: false }), ['<end>']).map(({ text }) => text)
  expect(texts).toEqual(['s', 'o', ' ', '<endi', 'v', 'e'])
})

test('a tokenizer that changes what it said is followed', () => {
  const tidy: Tokenizer = { ...byteTokenizer, decode: (ids) => Buffer.from(ids).toString('utf8').replaceAll(' .', '.') }
  const growing = growingTexts(tidy, [], () => 0)
  const ids = (text: string) => byteTokenizer.encode(text, { special: false })
  const first = growing.next({ row: 0, sample: 0, tokenIds: ids('end '), finishReason: null })!
  const last = growing.next({ row: 0, sample: 0, tokenIds: ids('end .'), finishReason: 'stop' })!
  expect([first.text, last.at, last.text]).toEqual(['end ', 3, '.'])
})

test('a response is told of at once and then five times a second, however fast it grows', () => {
  const pieces = piecesOf(byteTokenizer.encode('x'.repeat(1000), { special: false }), [], 1)
  expect(pieces[0].text).toBe('x')
  expect(pieces).toHaveLength(6)
})
