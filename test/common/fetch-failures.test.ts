import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { askedPauseMs, causeOf } from '../../main/common/fetch-failures.ts'

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') }))
afterEach(() => void vi.useRealTimers())

test.each([
  ['20', 20_000],
  [' 1.5 ', 1500],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0], // has passed
  ['soon', null],
  ['1.2.3', null],
])('a server that asks for the pause %j gets %j milliseconds', (asked, pause) => {
  expect(askedPauseMs(new Headers({ 'retry-after': asked }))).toBe(pause)
})

test('a server that asks for no pause, or gave no answer, gets none', () => {
  expect(askedPauseMs(new Headers())).toBeNull()
  expect(askedPauseMs(undefined)).toBeNull()
})

test('the cause of a failed request is the innermost error, by its message or else its name', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:9')
  expect(causeOf(new TypeError('fetch failed', { cause: refused }))).toBe(refused.message)
  expect(causeOf(new Error('outer', { cause: new Error('between', { cause: refused }) }))).toBe(refused.message)
  expect(causeOf(new RangeError(''))).toBe('RangeError')
  expect(causeOf('a text')).toBe('a text')
})
