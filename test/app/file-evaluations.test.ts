import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FileEvaluationKind, fileEvaluationOf } from '../../main/app/evaluations/new-evaluation.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { ScoreParams } from '../../main/shared/engine-protocol.ts'
import type { Store } from '../../main/store/store.ts'
import { type EvaluationJobs, settled, withEvaluationJobs } from '../support/evaluation-jobs.ts'
import { standInEngine } from '../support/stand-in-engine.ts'

let home: string
let store: Store
const jobsWith = withEvaluationJobs((tiny) => {
  ;({ home, store } = tiny)
})

function file(name: string, content: string | readonly object[]): string {
  const path = join(home, name)
  writeFileSync(path, typeof content === 'string' ? content : content.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return path
}

function wanted(kind: FileEvaluationKind, path: string, settings: object = {}): Parameters<EvaluationJobs['start']> {
  const model = { id: 'base', label: 'base', path: join(home, 'base') }
  const made = fileEvaluationOf({ kind, model, path, count: 100 }, settings)
  return [made.settings, made.title]
}

/** An engine that gives every token the log-probability -1, and one that follows a digit -3. */
function simpleEngine(asked: ScoreParams['rows'] = []): Engine {
  const engine = standInEngine()
  const characters = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!)
  const isDigit = (id: number): boolean => id >= 48 && id <= 57
  return {
    ...engine,
    async *score({ rows }) {
      for (const [row, { input }] of rows.entries()) {
        asked.push(rows[row])
        const inputIds = 'inputIds' in input ? input.inputIds : 'text' in input ? characters(input.text) : []
        const tokenLogprobs = inputIds.slice(0, -1).map((id) => (isDigit(id) ? -3 : -1))
        yield { row, inputIds, tokenLogprobs, topIds: [], topLogprobs: [], continuationStart: inputIds.length }
      }
    },
  }
}

const questions = Array.from({ length: 30 }, (_, i) => ({ question: `Is ${i} even?`, choices: ['Yes', 'No', 'Who knows'], answer: i % 2 }))

test('a choice’s log-probability covers its own tokens and the space before it, not the question', async () => {
  const asked: ScoreParams['rows'] = []
  const jobs = jobsWith(simpleEngine(asked))
  const path = file('questions.jsonl', [
    { question: 'Short?', choices: ['no', 'certainly'], answer: 1 },
    { question: '12', choices: ['1a', 'abcd'], answer: 'A' },
  ])
  const id = jobs.start(...wanted('multiple-choice', path))
  const [evaluation] = await settled(jobs)
  expect(evaluation).toMatchObject({ kind: 'multiple-choice', status: 'finished', done: 4, total: 4 })
  expect(asked.map(({ input }) => input)).toEqual(
    ['Short?\nAnswer: no', 'Short?\nAnswer: certainly', '12\nAnswer: 1a', '12\nAnswer: abcd'].map((text) => ({
      text: `Question: ${text}`,
    })),
  )
  const units = store.evaluationUnits.of({ evaluationId: id }, ['choices', 'own']).map(({ value }) => value)
  expect(units).toEqual([
    { logprob: -3, tokens: 3 },
    { logprob: -10, tokens: 10 },
    { logprob: -5, tokens: 3 }, // ' ', '1', and 'a' after a digit
    { logprob: -5, tokens: 5 },
  ])
  // First: the sum prefers 'no' (wrong), per byte 'certainly' (-10 / 9 > -3 / 2). Second: equal sums, the first counts; per byte 'abcd' (wrong).
  expect(evaluation.result).toMatchObject({ n: 2, acc: 0.5, acc_norm: 0.5, chance: 0.5 })
})

test('a template’s final space belongs to the choice', async () => {
  const asked: ScoreParams['rows'] = []
  const jobs = jobsWith(simpleEngine(asked))
  const path = file('questions.jsonl', [{ question: 'a {question} of $& money', choices: ['x', 'y'], answer: 0 }])
  const id = jobs.start(...wanted('multiple-choice', path, { template: 'Q: {question} A:  ' }))
  await settled(jobs)
  expect(asked[0].input).toEqual({ text: 'Q: a {question} of $& money A:  x' })
  expect(store.evaluationUnits.of({ evaluationId: id }, ['choices', 'own'])[0].value).toMatchObject({ tokens: 3 })
})

test('a question with a choice that is too long is left out whole and counted', async () => {
  const jobs = jobsWith({ contextLength: 100 })
  const path = file('questions.jsonl', [
    { question: 'One?', choices: ['x', 'y'.repeat(200)], answer: 0 },
    { question: 'Two?', choices: ['x', 'y'], answer: 0 },
  ])
  jobs.start(...wanted('multiple-choice', path))
  expect((await settled(jobs))[0].result).toMatchObject({ n: 1, left_out: 1 })
})

test('perplexity covers each token of a text once, in windows that the figures name', async () => {
  const asked: ScoreParams['rows'] = []
  const jobs = jobsWith(simpleEngine(asked))
  jobs.start(...wanted('perplexity', file('text.txt', 'abcdefghij'), { context: 4, stride: 2 }))
  const [evaluation] = await settled(jobs)
  expect(evaluation).toMatchObject({ kind: 'perplexity', status: 'finished', done: 4, total: 4 })
  expect(evaluation.result).toMatchObject({ texts: 1, tokens: 9, bytes: 10, context: 4, stride: 2 })
  expect(evaluation.result!.perplexity).toBeCloseTo(Math.E, 9)
  expect(evaluation.result!.byte_perplexity).toBeCloseTo(Math.exp(0.9), 9)
  expect(asked.filter(({ input }) => 'inputIds' in input)).toHaveLength(4)
})

test('windows are no longer than the model’s context, and texts of JSON Lines don’t run into each other', async () => {
  const jobs = jobsWith() // its context has 1024 tokens
  jobs.start(...wanted('perplexity', file('texts.jsonl', [{ text: 'x'.repeat(2000) }, { text: 'yz' }]), { context: 5000, stride: 5000 }))
  expect((await settled(jobs))[0]).toMatchObject({ total: 3, result: { texts: 2, tokens: 1999 + 1, context: 1024, stride: 1023 } })
})

test('programs check greedy answers strictly and loosely', async () => {
  const rows = [
    { prompt: 'Name a tree.', instruction_id_list: ['punctuation:no_comma'], kwargs: [{}] },
    {
      prompt: 'Name two.',
      instruction_id_list: ['punctuation:no_comma', 'keywords:existence'],
      kwargs: [{}, { keywords: ['amber, never said'] }],
    },
  ]
  const jobs = jobsWith()
  jobs.start(...wanted('ifeval', file('ifeval.jsonl', rows)))
  expect((await settled(jobs))[0]).toMatchObject({
    ...{ kind: 'ifeval', status: 'finished', done: 2, total: 2 },
    result: {
      prompt_strict: 0.5,
      instruction_strict: 2 / 3,
      prompt_loose: 0.5,
      instruction_loose: 2 / 3,
      prompts: 2,
      instructions: 3,
      cut_off: 0,
    },
  })
})

test.each([
  ['multiple-choice', [{ question: 'q', choices: ['a'], answer: 0 }], /file.jsonl:1: choices/],
  ['perplexity', [{ text: 'a' }, { words: 'b' }], /file.jsonl:2: text/],
  ['ifeval', [{ prompt: 'a', instruction_id_list: ['no:such'], kwargs: [{}] }], /file.jsonl:1: .*no:such/],
  ['ifeval', [{ prompt: 'a' }], /file.jsonl:1: it has no instruction that a program can check/],
] as const)('a wrong row fails the evaluation (%s) with the file and the line', async (kind, rows, message) => {
  const jobs = jobsWith()
  jobs.start(...wanted(kind, file('file.jsonl', rows)))
  const [{ status, error }] = await settled(jobs)
  expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'BAD_INPUT' })
  expect(error?.message).toMatch(message)
})

test.each([
  ['multiple-choice', () => file('q.jsonl', questions), {}, 50],
  ['perplexity', () => file('t.txt', 'abcdefghijklmnopqrstuvwxyz'.repeat(20)), { context: 40, stride: 20 }, 15],
  [
    'ifeval',
    () =>
      file(
        'i.jsonl',
        Array.from({ length: 80 }, (_, i) => ({
          prompt: `Tell ${i}.`,
          instruction_id_list: ['keywords:existence'],
          kwargs: [{ keywords: ['amber'] }],
        })),
      ),
    {},
    40,
  ],
] as const)('%s, paused, keeps completed units, and when resumed ends like an uninterrupted one', async (kind, write, settings, stopAt) => {
  const request = wanted(kind, write(), settings)
  const whole = jobsWith()
  whole.start(...request)
  const expected = (await settled(whole))[0].result
  let id = 0
  let pausing: Promise<void> | undefined
  const jobs = jobsWith({
    onItem: (given) => {
      if (given === stopAt) pausing = jobs.pause(id)
    },
  })
  id = jobs.start(...request)
  const [cut] = await settled(jobs)
  await pausing
  expect(cut).toMatchObject({ status: 'paused', result: null })
  expect(cut.done).toBeGreaterThan(0)
  expect(cut.done).toBeLessThan(cut.total)
  const again = jobsWith()
  again.resume(id)
  expect((await settled(again))[0]).toMatchObject({ status: 'finished', done: cut.total, result: expected })
})
