import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandLine, saveTextModel } from '../support/command-line.ts'

/** `laurel evaluate` with a model, called as by another program: real arithmetic on tfjs's plain backend. */
const laurel = commandLine()
const backend = ['--backend', 'cpu']

beforeAll(() => saveTextModel(laurel.path('text')))
afterAll(laurel.remove)

const figuresIn = (name: string) => JSON.parse(readFileSync(laurel.path(name), 'utf8'))

test('the perplexity of a text is that of the log-probabilities that laurel score gives', async () => {
  const text = 'A text of a few words.'
  writeFileSync(laurel.path('t.txt'), text)
  laurel.writeRows('in.jsonl', [{ text }])
  await laurel.run('score', '--model', 'text', '--input', 'in.jsonl', '--output', 'scores.jsonl', ...backend)
  const [{ token_logprobs }] = laurel.readRows<{ token_logprobs: number[] }>('scores.jsonl')
  const sum = token_logprobs.reduce((total, logprob) => total + logprob, 0)
  const args = ['--model', 'text', '--input', 't.txt', '--output', 'p.json', '--precision', 'float32', ...backend]
  const { code, stdout } = await laurel.run('evaluate', 'perplexity', ...args)
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('windows of 1024 tokens, stride 512') })
  const figures = figuresIn('p.json')
  expect(figures).toMatchObject({ tokens: token_logprobs.length, bytes: text.length })
  expect(figures.perplexity).toBeCloseTo(Math.exp(-sum / token_logprobs.length), 3)
  expect(figures.byte_perplexity).toBeCloseTo(Math.exp(-sum / text.length), 3)
})

test('MT-Bench ends with a score and its judgements; interrupted, the same command continues', async () => {
  laurel.writeRows('q.jsonl', [{ question_id: 'one', category: 'writing', turns: ['Say a.', 'Say b.'] }])
  const limits = ['--max-new-tokens', '3', '--judge-max-new-tokens', '4']
  const files = ['--questions', 'q.jsonl', '--output', 'o.json', '--judgements', 'j.jsonl']
  const args = ['evaluate', 'mt-bench', '--model', 'text', '--judge', 'text', ...limits, ...files, ...backend]
  const { child, finished } = laurel.start(...args)
  child.stderr?.once('data', () => child.kill('SIGINT')) // it listens for signals before it writes anything
  expect((await finished).code).toBe(130)
  const { code, stdout, stderr } = await laurel.run(...args)
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('continuing the evaluation of ')
  expect(stdout).toContain('Mean grades from 1 to 10 (their number).')
  const { n, unparsed, turns } = figuresIn('o.json')
  expect(n + unparsed).toBe(2)
  expect(turns[1].n + turns[1].unparsed).toBe(1)
  const names = laurel.readRows<{ judge: string[] }>('j.jsonl').map(({ judge: [, prompt] }) => prompt)
  expect(names).toEqual(['single-v1', 'single-v1-multi-turn'])
  const scoring = ['--input', 'j.jsonl', '--output', 's.json', '--questions', 'q.jsonl']
  expect(await laurel.run('evaluate', 'mt-bench-scores', ...scoring)).toMatchObject({ code: 0 })
  expect(figuresIn('s.json')).toMatchObject([{ model: 'text', judge: 'text', n, unparsed }])
})

test.each([
  ['references without questions', ['--judge', 'text', '--references', 'r.jsonl'], '--references needs --questions'],
  ['a file that isn’t there', ['--judge', 'text', '--questions', 'nowhere.jsonl'], 'nowhere.jsonl: no such file'],
  ['a judge that isn’t there', ['--judge', 'nowhere'], '--judge: no model found at'],
])('%s are one error', async (_, args, message) => {
  const { code, stderr } = await laurel.run('evaluate', 'mt-bench', '--model', 'text', ...args, ...backend)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
  expect(stderr.match(/\n/g)).toHaveLength(1)
})
