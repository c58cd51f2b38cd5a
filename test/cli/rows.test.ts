import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { atLine, promptRow, readRows, writeInOrder } from '../../main/cli/input-rows.ts'
import { trainRow } from '../../main/cli/train-rows.ts'
import { fillJudgePrompt, loadJudgePrompt } from '../../main/evaluation/judge-prompt.ts'
import { LaurelError } from '../../main/shared/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-rows-'))
const path = join(folder, 'rows.jsonl')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a row keeps all its keys and its line number, counting blank lines', () => {
  writeFileSync(path, '\n{"prompt":"a","x":[1]}\n\n{"prompt":"b"}\n')
  expect(readRows(path, promptRow, '')).toEqual([
    { line: 2, own: { prompt: 'a', x: [1] }, value: { prompt: 'a' } },
    { line: 4, own: { prompt: 'b' }, value: { prompt: 'b' } },
  ])
})

test.each([
  ['a list', '[1]', ':1: not a JSON object'],
  ['broken JSON', '{"prompt":', ':1: not JSON'],
  ['messages without a role', '{"messages":[{"content":"a"}]}', ':1: messages.0.role: expected string'],
])('%s is reported with its line', (_, text, message) => {
  writeFileSync(path, text)
  expect(() => readRows(path, promptRow, 'Do this.')).toThrow(message)
})

test('of several inputs in one row, the most specific one counts', () => {
  expect(promptRow.parse({ prompt: 'a', messages: [{ role: 'user', content: 'b' }] })).toEqual({
    messages: [{ role: 'user', content: 'b' }],
  })
  expect(promptRow.parse({ prompt: 'a', input_ids: [1] })).toEqual({ inputIds: [1] })
})

test('the sides of a training row are texts, messages, or token ids in either form', () => {
  const messages = [{ role: 'assistant', content: 'b' }]
  expect(trainRow.sft.parse({ prompt: 'a', completion: messages, prompt_weight: 0.5 })).toEqual({
    prompt: 'a',
    completion: messages,
    promptWeight: 0.5,
  })
  expect(trainRow.dpo.parse({ prompt: [1], chosen: { input_ids: [2] }, rejected: [3] })).toEqual({
    prompt: { inputIds: [1] },
    chosen: { inputIds: [2] },
    rejected: { inputIds: [3] },
  })
  const pair = { prompt: 'a', chosen: 'b', rejected: 'c' }
  expect(trainRow.dpo.parse({ ...pair, weight: 2, consistency: 0.5 })).toEqual({ ...pair, weight: 2, consistency: 0.5 })
  expect(trainRow.dpo.safeParse({ ...pair, consistency: 1.1 }).success).toBe(false)
  expect(trainRow.dpo.parse({ ...pair, chosen: { unfinished: 'b' } })).toEqual({ ...pair, chosen: { unfinished: 'b' } })
  expect(trainRow.sft.safeParse({ prompt: 5, completion: 'b' }).error?.issues[0].message).toMatch(
    /expected text, a list of messages, or token ids/,
  )
  expect(trainRow.sft.safeParse({ prompt: 'a', completion: 5 }).error?.issues[0].message).toMatch(
    /expected text, a list of messages, token ids, or {"unfinished": text}/,
  )
})

test("a judge's pair is two answers, which the judge yes asks about, or two judge prompts with their verdicts", () => {
  const answers = { better: { instruction: 'Add 1 and 1.', response: '2' }, worse: { instruction: 'Add 1 and 1.', response: '3' } }
  const { better, worse, ...verdicts } = trainRow.reward.parse(answers)
  const template = loadJudgePrompt('yes-no')
  expect([better, worse]).toEqual(['2', '3'].map((response) => ({ prompt: fillJudgePrompt(template, 'Add 1 and 1.', response) })))
  expect(verdicts).toEqual({ yes: 'Yes', no: 'No' })
  const messages = [{ role: 'user', content: 'Good?' }]
  expect(trainRow.reward.parse({ better: messages, worse: [1, 2], yes: 'A', no: 5, margin: 0.5, weight: 2 })).toEqual({
    ...{ better: { messages }, worse: { inputIds: [1, 2] }, yes: 'A', no: 5, margin: 0.5, weight: 2 },
  })
  expect(trainRow.reward.safeParse({ better: 'a', worse: { instruction: 'b' } }).error?.issues[0].message).toMatch(/expected .*"response"/)
})

test('an error about a row of a request names its line', () => {
  const error = new LaurelError('BAD_INPUT', 'too long', 'Shorten it.', { row: 1 })
  expect(atLine(error, 'f.jsonl', [{ line: 1 }, { line: 3 }])).toMatchObject({ code: 'BAD_INPUT', message: 'f.jsonl:3: too long' })
  const other = new Error('x')
  expect(atLine(other, 'f.jsonl', [])).toBe(other)
})

test('results are written in input order, whatever order they arrive in', async () => {
  await writeInOrder(path, async ({ put }) => {
    for (const index of [2, 0, 3, 1]) put(index, { index })
  })
  expect(readFileSync(path, 'utf8')).toBe('{"index":0}\n{"index":1}\n{"index":2}\n{"index":3}\n')
})

test('a failure leaves no output, nor does a row without a result', async () => {
  const out = join(folder, 'out.jsonl')
  const failing = writeInOrder(out, async ({ put }) => {
    put(0, 1)
    throw new Error('lost')
  })
  await expect(failing).rejects.toThrow('lost')
  await expect(writeInOrder(out, async ({ put }) => put(1, 1))).rejects.toThrow(/row 0 has no result/)
  expect(existsSync(out)).toBe(false)
})
