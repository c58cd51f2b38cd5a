import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Checker } from '../../main/loop/run-context.ts'
import type { EvaluationSettings } from '../../main/shared/evaluation-settings.ts'
import { judgeRecipe } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { evaluationJob } from '../../main/store/tables/jobs-table.ts'
import { type EvaluationJobs, evaluationJobsOn, settled, withEvaluationJobs } from '../support/evaluation-jobs.ts'
import { openFillableStore } from '../support/full-disk.ts'
import { takeAsKilledProcess } from '../support/job-state.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { writeModel } from '../support/stand-in-training.ts'
import { createTinyRun } from '../support/tiny-run.ts'

let home: string
let store: Store
const jobsOn = withEvaluationJobs((tiny) => {
  ;({ home, store } = tiny)
  writeModel(join(home, 'other'), 'm1')
  writeFileSync(
    join(home, 'prompts.jsonl'),
    Array.from({ length: 40 }, (_, i) => `${JSON.stringify({ prompt: `What is ${i}?` })}\n`).join(''),
  )
})

const checker: Checker = {
  name: 'length',
  label: 'answers',
  prompts: ['a', 'b', 'c'],
  sampling: { greedy: false, temperature: 1, topP: 1, topK: 0, maxNewTokens: 5, minNewTokens: 0, stop: [] },
  measure: (answers) => ({ answers: answers.length, mean: answers.reduce((sum, { text }) => sum + text.length, 0) / answers.length }),
}

const jobsWith = (engine: StandInOptions = {}): EvaluationJobs => jobsOn(engine, { checkers: [checker] })
const model = (name: string) => ({ id: name, label: name, path: join(home, name) })
const answering = { temperature: 0.7, top_p: 0.9, top_k: 0, max_new_tokens: 20, stop: [] }

const headToHead = (deciding: Extract<EvaluationSettings, { kind: 'head-to-head' }>['deciding']): EvaluationSettings => ({
  ...{ kind: 'head-to-head', model: model('base'), against: model('other'), judge: model('base'), deciding, answering },
  ...{ source: { from: 'file', path: join(home, 'prompts.jsonl') }, count: 40, seed: 3, random: 'philox' },
})
const pairwise = (): EvaluationSettings => headToHead({ method: 'pairwise', prompt: 'pairwise', maxNewTokens: 20 })

const requested = (title: string, settings: unknown): number =>
  store.evaluations.add({ kind: 'head-to-head', title, model: 'base', against: 'other', judge: 'base', settings })

test('a judge compares two models in both orders of every prompt', async () => {
  const jobs = jobsWith()
  jobs.start(pairwise(), 'base v other')
  const [evaluation] = await settled(jobs)
  expect(evaluation).toMatchObject({ status: 'finished', done: 160, total: 160, error: null })
  const { n, wins, ties, losses, unreadable } = evaluation.result!
  expect(n! + unreadable!).toBe(40)
  expect(wins! + ties! + losses!).toBe(n)
  expect(evaluation.result).toHaveProperty('position_bias')
})

test('a judge scores each answer alone, three times', async () => {
  const jobs = jobsWith()
  jobs.start(headToHead({ method: 'score', judge: judgeRecipe.parse({}) }), 'base v other')
  const [evaluation] = await settled(jobs)
  expect(evaluation).toMatchObject({ status: 'finished', total: 2 * 40 * 4, done: 2 * 40 * 4 })
})

test.each([
  ['its answers', 20],
  ['its verdicts', 110],
])('an evaluation paused during %s keeps completed units, and when resumed ends like an uninterrupted one', async (_, stopAt) => {
  const whole = jobsWith()
  whole.start(pairwise(), 'whole')
  const expected = (await settled(whole))[0].result

  let id = 0
  let pausing: Promise<void> | undefined
  const jobs = jobsWith({
    onItem: (given) => {
      if (given === stopAt) pausing = jobs.pause(id)
    },
  })
  id = jobs.start(pairwise(), 'cut short')
  const [cut] = await settled(jobs)
  await pausing
  expect(cut).toMatchObject({ status: 'paused', result: null, error: null })
  expect(cut.done).toBeGreaterThan(0)
  expect(cut.done).toBeLessThan(cut.total)
  const again = jobsWith()
  again.resume(id)
  expect((await settled(again))[0]).toMatchObject({ status: 'finished', done: 160, result: expected })
})

test('an evaluation fails with the engine’s error when the engine dies, and resuming completes it', async () => {
  const dying = jobsWith({ diesAfter: 30 })
  const id = dying.start(pairwise(), 'dies')
  expect((await settled(dying))[0]).toMatchObject({ status: 'failed', error: { code: 'ENGINE_LOST' } })
  const again = jobsWith()
  again.resume(id)
  expect((await settled(again))[0]).toMatchObject({ status: 'finished', error: null })
})

test('the next application continues what an earlier one left unfinished', async () => {
  const first = jobsWith({ itemMs: 1 })
  first.start(pairwise(), 'one')
  first.start(pairwise(), 'two')
  await first.close()
  expect(store.evaluations.list().map(({ status }) => status)).toEqual(['queued', 'queued'])
  expect(store.jobs.queued().map(({ evaluationId }) => store.evaluations.find(evaluationId!).title)).toEqual(['one', 'two']) // as before
  const next = jobsWith()
  next.launch()
  expect((await settled(next)).map(({ status }) => status)).toEqual(['finished', 'finished'])
})

test('an evaluation that is paused while the application closes stays paused at the next start', async () => {
  const first = jobsWith({ itemMs: 1 })
  const id = first.start(pairwise(), 'one')
  const waiting = first.start(pairwise(), 'two')
  await vi.waitUntil(() => first.list().some(({ done }) => done > 5), { timeout: 60_000, interval: 1 })
  const pausing = first.pause(id)
  await Promise.all([first.close(), pausing])
  expect(store.evaluations.find(id)).toMatchObject({ status: 'paused', wanted: 'pause' })
  const next = jobsWith()
  next.launch()
  await settled(next)
  expect(store.evaluations.find(id).status).toBe('paused')
  expect(store.evaluations.find(waiting).status).toBe('finished')
  next.resume(id) // until the user resumes it
  await settled(next)
  expect(store.evaluations.find(id)).toMatchObject({ status: 'finished', wanted: 'work' })
})

test('an evaluation whose process was killed just after it was paused is paused', () => {
  const id = requested('one', pairwise())
  takeAsKilledProcess(store, evaluationJob(id))
  store.jobs.request(evaluationJob(id), 'pause')
  expect(jobsWith().list()[0].status).toBe('paused')
})

test('an evaluation running in another process can be paused', async () => {
  const [one, other] = [jobsWith({ itemMs: 250 }), jobsWith()] // slow enough not to finish before the request arrives
  const id = one.start(pairwise(), 'one')
  await vi.waitUntil(() => one.list()[0].done > 0, { timeout: 60_000, interval: 1 })
  await other.pause(id)
  expect(store.evaluations.find(id).status).toBe('paused')
})

test('an evaluation with unreadable settings does not hide the others', async () => {
  const jobs = jobsWith()
  requested('of another version', { kind: 'unheard-of' })
  const id = jobs.start(pairwise(), 'one')
  await vi.waitUntil(() => store.evaluations.find(id).status === 'finished', { timeout: 60_000, interval: 1 })
  expect(jobs.list().map(({ title }) => title)).toEqual(['one'])
})

test('no request is lost between the last check of the queue and the end of the work', async () => {
  const jobs = jobsWith()
  const ids: number[] = []
  for (let i = 0; i < 20; i++) {
    ids.push(jobs.start(pairwise(), `${i}`))
    while (store.evaluations.find(ids[i]).status !== 'finished') await new Promise((resolve) => setImmediate(resolve)) // the very next moment
  }
  expect(jobs.list().every(({ status }) => status === 'finished')).toBe(true)
})

test('on a full disk an evaluation fails with the reason, can be resumed once there is room, and does not block others', async () => {
  const disk = openFillableStore(home)
  const logged: string[] = []
  const log = (source: string, text: string): void => void logged.push(`${source}: ${text}`)
  const jobs = evaluationJobsOn(disk.store, { startEngine: async () => standInEngine({ itemMs: 1 }), checkers: [checker], log })
  const id = jobs.start(pairwise(), 'one')
  await vi.waitUntil(() => jobs.list()[0].done > 0, { timeout: 60_000, interval: 1 })
  disk.fill()
  await vi.waitUntil(() => jobs.list()[0].status === 'failed', { timeout: 60_000, interval: 1 })
  expect(jobs.list()[0].error).toMatchObject({ code: 'DISK_FULL' })
  expect(logged.join()).toContain("couldn't grow")
  disk.makeRoom()
  jobs.resume(id)
  await vi.waitUntil(() => jobs.list()[0].status === 'finished', { timeout: 60_000, interval: 1 })
  await jobs.close()
  disk.store.close()
})

test('an evaluation whose process was killed is interrupted, and can be resumed or deleted', async () => {
  const id = requested('orphan', pairwise())
  const { token } = store.jobs.begin(evaluationJob(id))
  const elsewhere = jobsWith()
  expect(elsewhere.list()[0].status).toBe('running') // by this very process
  store.jobs.release(evaluationJob(id), token)
  takeAsKilledProcess(store, evaluationJob(id))
  expect(elsewhere.list()[0].status).toBe('interrupted')
  elsewhere.resume(id)
  expect((await settled(elsewhere))[0].status).toBe('finished')
  elsewhere.remove(id)
  expect(elsewhere.list()).toEqual([])
})

test('a judge is compared with human ranks of answers, alongside length', async () => {
  const jobs = jobsWith()
  const source = { from: 'file', path: join(home, 'ranked.jsonl') } as const
  jobs.start({ kind: 'judge', model: model('base'), judge: judgeRecipe.parse({ method: 'expected' }), source, count: 10, seed: 1 }, 'base')
  const [evaluation] = await settled(jobs)
  expect(evaluation).toMatchObject({
    status: 'finished',
    done: 30,
    total: 30,
    result: { prompts: 10, pairs: 30, judgements: 30, parse_failures: 0 },
  })
  expect(evaluation.result!.length_pairwise_accuracy).toBe(0) // these answers all have the same length
})

test('the prompts that a run’s recipe holds out for programs measure any model', async () => {
  const checks = join(home, 'checks.jsonl')
  const row = { prompt: 'Name a tree.', requirements: [{ check: { id: 'punctuation:no_comma', args: {} } }] }
  writeFileSync(checks, JSON.stringify(row))
  const runId = createTinyRun(store, home, { evaluation: { checks } })
  const jobs = jobsWith()
  jobs.start({ kind: 'accuracy', model: model('other'), runId, seed: 1 }, 'other')
  const [evaluation] = await settled(jobs)
  expect(evaluation).toMatchObject({ status: 'finished', done: 5, total: 5 }) // 3 of the caller's checker, 2 of the recipe
  expect(evaluation.result).toMatchObject({ 'length/answers': 3, 'checks/prompts_met': 1, 'checks-greedy/of punctuation:no_comma': 1 })
})

test('a program checks the answers of a run that provides one', async () => {
  const runId = createTinyRun(store, home)
  const jobs = jobsWith()
  jobs.start({ kind: 'accuracy', model: model('base'), runId, seed: 1 }, 'base')
  expect((await settled(jobs))[0]).toMatchObject({ status: 'finished', total: 3, result: { 'length/answers': 3 } })
})

test('likelihood covers all tokens of a text but the first, or those of a response, and perplexity follows from their mean', async () => {
  const file = join(home, 'texts.jsonl')
  writeFileSync(file, `${JSON.stringify({ text: 'abcd' })}\n`)
  const jobs = jobsWith()
  jobs.start({ kind: 'likelihood', model: model('base'), source: { from: 'file', path: file }, count: 5 }, 'base')
  const plain = (await settled(jobs))[0].result!
  expect(plain).toMatchObject({ rows: 1, tokens: 3 })
  expect(plain.perplexity).toBeCloseTo(Math.exp(-plain.mean_logprob!), 6)
  writeFileSync(file, `${JSON.stringify({ prompt: 'question', completion: 'answer' })}\n`)
  jobs.start({ kind: 'likelihood', model: model('base'), source: { from: 'file', path: file }, count: 5 }, 'base')
  expect((await settled(jobs))[0].result).toMatchObject({ rows: 1, tokens: 6 })
})

test('a file without prompts is rejected with a clear message', async () => {
  writeFileSync(join(home, 'prompts.jsonl'), '{"nothing": 1}\n')
  const jobs = jobsWith()
  jobs.start(pairwise(), 'none')
  expect((await settled(jobs))[0]).toMatchObject({ status: 'failed', error: { code: 'BAD_INPUT' } })
})
