import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { reportFailure } from '../../main/cli/exit.ts'
import { statsOf } from '../../main/cli/options.ts'
import { describeIssues } from '../../main/common/describe-issues.ts'
import { type ErrorCode, LaurelError } from '../../main/shared/errors.ts'

function failure(thrown: unknown): { code: number; said: string } {
  let said = ''
  const code = reportFailure(thrown, (text) => {
    said += text
  })
  return { code, said }
}

test.each<[ErrorCode, number]>([
  ['BAD_INPUT', 2],
  ['NOT_FOUND', 2],
  ['UNSUPPORTED', 2],
  ['STOPPED', 130],
  ['ENGINE_LOST', 1],
  ['OUT_OF_MEMORY', 1],
  ['INTERNAL', 1],
])('%s ends with code %i', (code, expected) => {
  expect(failure(new LaurelError(code, 'm', 'r')).code).toBe(expected)
})

test('an error is one line that ends with the remedy', () => {
  expect(failure(new LaurelError('BAD_INPUT', 'f.jsonl:3: empty', 'Fill it.')).said).toBe('error: f.jsonl:3: empty. Fill it.\n')
  expect(failure(new LaurelError('INTERNAL', 'It broke.', 'Report it.')).said).toBe('error: It broke. Report it.\n')
})

test('usage errors have code 2, help isn’t an error, and commander’s own message isn’t repeated', () => {
  expect(failure(new CommanderError(1, 'commander.unknownOption', 'x'))).toEqual({ code: 2, said: '' })
  expect(failure(new CommanderError(0, 'commander.helpDisplayed', 'x'))).toEqual({ code: 0, said: '' })
})

test('a closed pipe isn’t a failure', () => {
  expect(failure(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).toEqual({ code: 0, said: '' })
})

test('invalid values of a document are named by their keys', () => {
  const schema = z.strictObject({ rate: z.number(), lora: z.strictObject({ rank: z.int() }) })
  const { error } = schema.safeParse({ rate: 'x', lora: { rank: 1, rnk: 2 }, seeed: 1 })
  expect(describeIssues(error!)).toBe('rate: expected number, received string; lora.rnk: unknown key; seeed: unknown key')
})

test('tokens per second count new tokens, or tokens read if there are none; a lost engine gives nulls', () => {
  const usage = { peakRssBytes: 2e9, tensors: 0, loadSeconds: 1, promptTokens: 100, newTokens: 40 }
  expect(statsOf(usage, 4)).toMatchObject({ tokens_per_second: 10, peak_rss_gb: 2, load_seconds: 1, seconds: 4 })
  expect(statsOf({ ...usage, newTokens: 0 }, 4).tokens_per_second).toBe(25)
  expect(statsOf(null, 4)).toMatchObject({ tokens_per_second: null, peak_rss_gb: null, seconds: 4 })
})
