import fc from 'fast-check'
import { expect, test } from 'vitest'
import { responseText, stopCheck } from '../../../main/engine/inference/incremental-detokenizer.ts'
import { choiceId } from '../../../main/engine/inference/prompt-ids.ts'
import { characterTokenizer } from '../../support/fake-numerics.ts'

const ids = (text: string) => characterTokenizer.encode(text, { special: true })

test('the text ends before the first stop string', () => {
  expect(responseText(characterTokenizer, ids('one two three'), ['three', 'two'])).toEqual({ text: 'one ', stopped: true })
  expect(responseText(characterTokenizer, ids('one<|end|>'), ['two'])).toEqual({ text: 'one', stopped: false })
})

test('a growing sequence is finished at the exact token that completes a stop string', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 40 })
  const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(letters, stops, (text, stop) => {
      const check = stopCheck(characterTokenizer, { stop, minNewTokens: 0 })!
      const ends = stop.filter((ending) => text.includes(ending)).map((ending) => text.indexOf(ending) + ending.length)
      const first = ends.length === 0 ? -1 : Math.min(...ends)
      const seen = Array.from({ length: text.length }, (_, i) => i + 1).find((n) => check(ids(text.slice(0, n)))) ?? -1
      expect(seen).toBe(first)
    }),
    { seed: 5 },
  )
})

test('without stop strings there is nothing to check', () => {
  expect(stopCheck(characterTokenizer, { stop: [], minNewTokens: 0 })).toBeUndefined()
})

test("a choice's blank first token is the tokenizer's own marker, unless the choice starts with a blank", () => {
  const marking = { ...characterTokenizer, encode: (text: string) => ids(` ${text}`) }
  expect(choiceId(marking, '4')).toBe(ids('4')[0])
  expect(choiceId(characterTokenizer, ' 4')).toBe(ids(' ')[0])
})
