import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scoresOfJudgements } from '../../main/evaluation/mt-bench/judgement-rows.ts'
import { mtBenchRows } from '../../main/loop/evaluation/mt-bench-rows.ts'
import type { GenerateParams } from '../../main/shared/engine-protocol.ts'
import type { MtBenchSettings } from '../../main/shared/evaluation-settings.ts'
import type { Store } from '../../main/store/store.ts'
import { settled, withEvaluationJobs } from '../support/evaluation-jobs.ts'
import { recordingStandIn, standInEngine } from '../support/stand-in-engine.ts'
import { writeModel } from '../support/stand-in-training.ts'

let home: string
let store: Store
const jobsWith = withEvaluationJobs((tiny) => {
  ;({ home, store } = tiny)
  writeModel(join(home, 'other'), 'm1')
})

const model = (name: string) => ({ id: name, label: name, path: join(home, name) })
const mtBench = (changes: Partial<MtBenchSettings> = {}): MtBenchSettings => ({
  ...{ kind: 'mt-bench', model: model('base'), against: null, judge: model('other'), source: { from: 'shipped' } },
  ...{ maxNewTokens: 40, judgeMaxNewTokens: 40, seed: 3, random: 'philox', ...changes },
})

function questionsIn(rows: readonly object[]): MtBenchSettings['source'] {
  const path = join(home, 'questions.jsonl')
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return { from: 'file', path, references: null }
}

test('a model answers both turns of the 80 questions, and a judge grades each answer', async () => {
  const jobs = jobsWith()
  jobs.start(mtBench(), 'base')
  const [evaluation] = await settled(jobs)
  expect(evaluation).toMatchObject({ kind: 'mt-bench', judge: 'other', status: 'finished', done: 320, total: 320, error: null })
  const figures = evaluation.result!
  expect(figures.n! + figures.unparsed!).toBe(160)
  expect(figures.unparsed).toBeGreaterThan(0)
  expect(figures['turn_1/n']! + figures['turn_1/unparsed']!).toBe(80)
  expect(figures['category/math/n']! + figures['category/math/unparsed']!).toBe(20)
  const sum = ['turn_1', 'turn_2'].reduce((total, turn) => total + figures[`${turn}/score`]! * figures[`${turn}/n`]!, 0)
  expect(figures.score).toBeCloseTo(sum / figures.n!, 9)
})

test('the second turn continues the first, at the temperature of the category, and the judge sees both', async () => {
  const generations: GenerateParams[] = []
  const jobs = jobsWith(recordingStandIn({}, { trainings: [], generations }))
  const source = questionsIn([
    { question_id: 1, category: 'writing', turns: ['Write.', 'Rewrite.'] },
    { question_id: 2, category: 'math', turns: ['Add.', 'Subtract.'], reference: ['three', 'four'] },
    { question_id: 3, category: 'stem', turns: ['Only one turn.'] },
  ])
  const id = jobs.start(mtBench({ source }), 'base')
  expect((await settled(jobs))[0]).toMatchObject({ status: 'finished', done: 10, total: 10 })
  const asked = generations.map(({ sampling: { temperature, greedy }, rows }) => ({
    temperature,
    greedy,
    rows: rows.map(({ input }) => input),
  }))
  expect(asked.slice(0, 3)).toEqual([
    { temperature: 0.7, greedy: false, rows: [{ prompt: 'Write.' }] },
    { temperature: 0, greedy: true, rows: [{ prompt: 'Add.' }] },
    { temperature: 0.1, greedy: false, rows: [{ prompt: 'Only one turn.' }] },
  ])
  const [first] = store.evaluationUnits.of({ evaluationId: id }, ['answers', 'own', 'mt-bench turn 1'])
  const { text } = first.value as { text: string }
  expect(asked[3].rows).toEqual([
    {
      messages: [
        { role: 'user', content: 'Write.' },
        { role: 'assistant', content: text },
        { role: 'user', content: 'Rewrite.' },
      ],
    },
  ])
  expect(asked.slice(3, 5).map(({ temperature }) => temperature)).toEqual([0.7, 0])
  const judged = asked.slice(5).map(({ greedy, rows }) => ({ greedy, texts: JSON.stringify(rows) }))
  expect(judged.map(({ greedy }) => greedy)).toEqual([true, true])
  expect(judged[0].texts).toContain('three')
  expect(judged[0].texts).not.toContain('four')
  expect(judged[1].texts).toContain('four')
})

test('a judge compares two models in both orders of each turn', async () => {
  const jobs = jobsWith()
  const settings = mtBench({ against: model('other'), judge: model('base') })
  const id = jobs.start(settings, 'base v other')
  const [evaluation] = await settled(jobs)
  expect(evaluation).toMatchObject({ status: 'finished', against: 'other', done: 640, total: 640 })
  const { n, wins, ties, losses, unparsed, win_rate, win_rate_adjusted } = evaluation.result!
  expect(n! + unparsed!).toBe(160)
  expect(wins! + ties! + losses!).toBe(n)
  expect(win_rate).toBeCloseTo(wins! / n!, 9)
  expect(win_rate_adjusted).toBeCloseTo((wins! + ties! / 2) / n!, 9)
  const scored = scoresOfJudgements(exported(id, settings), () => null)
  expect(scored.find(({ model }) => model === 'base')!.figures).toMatchObject({ n, wins, ties, losses, unparsed })
  expect(scored.find(({ model }) => model === 'other')!.figures).toMatchObject({ n, wins: losses, ties, losses: wins, unparsed })
})

/** The evaluation's judgements as a file in FastChat's form. */
function exported(evaluationId: number, settings: MtBenchSettings): string {
  const path = join(home, 'judgements.jsonl')
  writeFileSync(
    path,
    mtBenchRows({ store, evaluationId }, settings)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  )
  return path
}

test('the exported judgements are in FastChat’s form, and the scores computed from them are the same', async () => {
  const jobs = jobsWith({ unreadable: 0.3 })
  const settings = mtBench()
  const id = jobs.start(settings, 'base')
  const { score, n, unparsed } = (await settled(jobs))[0].result!
  const rows = mtBenchRows({ store, evaluationId: id }, settings)
  expect(rows).toHaveLength(160)
  expect(rows[0]).toMatchObject({ question_id: 81, model: 'base', judge: ['other', 'single-v1'], turn: 1 })
  expect(rows.filter((row) => 'score' in row && row.score === -1)).toHaveLength(unparsed!)
  expect(scoresOfJudgements(exported(id, settings), () => null)).toMatchObject([
    { model: 'base', judge: 'other', figures: { score, n, unparsed } },
  ])
})

test.each([
  ['the first turn', 20, null],
  ['the second turn', 110, null],
  ['the grades', 200, null],
  ['the comparisons', 400, 'other'],
])('paused during %s, it keeps completed units, and when resumed ends like an uninterrupted one', async (_, stopAt, against) => {
  const settings = mtBench({ against: against === null ? null : model(against) })
  const whole = jobsWith()
  whole.start(settings, 'whole')
  const expected = (await settled(whole))[0].result
  let id = 0
  let pausing: Promise<void> | undefined
  const jobs = jobsWith({
    onItem: (given) => {
      if (given === stopAt) pausing = jobs.pause(id)
    },
  })
  id = jobs.start(settings, 'cut short')
  const [cut] = await settled(jobs)
  await pausing
  expect(cut).toMatchObject({ status: 'paused', result: null })
  expect(cut.done).toBeGreaterThanOrEqual(stopAt)
  const again = jobsWith()
  again.resume(id)
  expect((await settled(again))[0]).toMatchObject({ status: 'finished', result: expected })
})

test('the questions are those of the start, even if the file changes before a resume', async () => {
  const row = { question_id: 1, category: 'writing', turns: ['Write.', 'Rewrite.'] }
  const source = questionsIn([row])
  const dying = jobsWith({ diesAfter: 1 })
  const id = dying.start(mtBench({ source }), 'base')
  await settled(dying)
  questionsIn([row, { ...row, question_id: 2 }])
  const again = jobsWith()
  again.resume(id)
  expect((await settled(again))[0]).toMatchObject({ status: 'finished', total: 4 })
})

test('a comparison of which the judge can read only one order is left out, not unparsed', async () => {
  const engine = standInEngine()
  const jobs = jobsWith({
    ...engine,
    async *generate(params, options = {}) {
      const last = JSON.stringify(params.rows).includes('[[A]]') ? params.rows.length - 1 : -1
      for await (const item of engine.generate(params, options)) {
        if (item.row === last) options.onLeftOut?.({ row: last, leftOut: 'too long' })
        else yield item
      }
    },
  })
  const source = questionsIn([1, 2].map((question_id) => ({ question_id, category: 'math', turns: ['Add.'] })))
  jobs.start(mtBench({ source, against: model('other') }), 'base v other')
  const { n, unparsed, left_out } = (await settled(jobs))[0].result!
  expect({ judged: n! + unparsed!, left_out }).toEqual({ judged: 1, left_out: 1 })
})

test('a conversation that doesn’t fit the context is left out and counted, and if nothing fits, the evaluation fails with the reason', async () => {
  const source = questionsIn([
    { question_id: 1, category: 'math', turns: ['Add.', 'x'.repeat(9000)] },
    { question_id: 2, category: 'math', turns: ['Add.', 'Subtract.'] },
  ])
  const jobs = jobsWith({ contextLength: 9000 })
  jobs.start(mtBench({ source }), 'base')
  expect((await settled(jobs))[0].result).toMatchObject({ left_out: 1, 'turn_1/n': 2, 'turn_2/n': 1 })
  const short = jobsWith({ contextLength: 3 })
  short.start(mtBench({ source }), 'base')
  expect((await settled(short))[0]).toMatchObject({ status: 'failed', error: { code: 'BAD_INPUT' } })
})
