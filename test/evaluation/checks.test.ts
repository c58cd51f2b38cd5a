import { expect, test } from 'vitest'
import { readyCheck } from '../../main/evaluation/checks/checks.ts'

const contains = (...keywords: string[]) => readyCheck({ id: 'keywords:existence', args: { keywords } })

test('keywords exist in any case, and all of them must', () => {
  expect(contains('lake', 'boat').isMet('A Lake with boats', '')).toBe(true)
  expect(contains('lake', 'boat').isMet('A lake', '')).toBe(false)
})

test('a blank response meets nothing', () => {
  expect(readyCheck({ id: 'punctuation:no_comma', args: {} }).isMet('  \n', '')).toBe(false)
})

test('a judge reads the requirement in a sentence', () => {
  expect(contains('lake').text).toBe('The response contains the word "lake".')
})

test('an unknown check and a wrong argument are named', () => {
  expect(() => readyCheck({ id: 'keywords:none', args: {} })).toThrow('There is no check "keywords:none".')
  expect(() => readyCheck({ id: 'keywords:existence', args: { keywords: [] } })).toThrow('The arguments of the check keywords:existence')
})
