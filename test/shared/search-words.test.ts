import { expect, test } from 'vitest'
import { matchOf, promptMatch, wordsIn } from '../../main/shared/search-words.ts'

test('all words of a search must occur, and those in quotes as written', () => {
  expect(matchOf('capital of "New Zealand"')).toBe('"capital" AND "of" AND "New Zealand"')
})

test('a word that ends in * is the beginning of one, but not inside quotes', () => {
  expect(matchOf('capit*')).toBe('"capit" *')
  expect(matchOf('"capit*"')).toBe('"capit*"')
})

test('what would be syntax is quoted, and what has no letter or digit is left out', () => {
  expect(matchOf('a AND b')).toBe('"a" AND "AND" AND "b"')
  expect(matchOf('prompt:x ( -')).toBe('"prompt:x"')
  expect(matchOf('say"hi')).toBe('"say""hi"')
  expect(matchOf(' * () ')).toBeNull()
})

test('its words are marked in lower case', () => {
  expect(wordsIn('Capit* "New Zealand" -')).toEqual(['capit', 'new zealand'])
})

test('a prompt is looked up by its first words', () => {
  expect(promptMatch('What is 2 + 2?\nSay "four".')).toBe('prompt : "What is 2 2 Say four"')
  expect(promptMatch('?!')).toBeNull()
})
