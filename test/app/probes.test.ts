import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ProbesApi, probeOf, probesApi } from '../../main/app/evaluations/probes.ts'
import { workbench } from '../../main/app/jobs/shared-engine.ts'
import { newRunsApi } from '../../main/app/runs/new-runs.ts'
import { runsApi } from '../../main/app/runs/runs.ts'
import { importFile } from '../../main/data/import-file.ts'
import { probeJudge } from '../../main/loop/evaluation/judge-probe.ts'
import type { ProbeRequest, ShownProbe } from '../../main/shared/contract/probe-contract.ts'
import { isActive } from '../../main/shared/contract/runs-contract.ts'
import { thisMachine } from '../../main/shared/engine-settings.ts'
import type { ProbedJudge, ProbedMethod } from '../../main/shared/probed-judge.ts'
import { judgeRecipe } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { evaluationJob } from '../../main/store/tables/jobs-table.ts'
import { addServer } from '../support/configured-engines.ts'
import { type EvaluationJobs, withEvaluationJobs } from '../support/evaluation-jobs.ts'
import { takeAsKilledProcess } from '../support/job-state.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { standInServer } from '../support/stand-in-server.ts'
import { createTinyRun } from '../support/tiny-run.ts'

let home: string
let store: Store
const jobsWith = withEvaluationJobs((tiny) => {
  ;({ home, store } = tiny)
})

function probesWith(engine: StandInOptions = {}): ProbesApi & { readonly jobs: EvaluationJobs } {
  const jobs = jobsWith(engine)
  return { ...probesApi(store, jobs), jobs }
}

const request = (changes: Partial<ProbeRequest> = {}): ProbeRequest => ({
  ...{ model: join(home, 'base'), engine: thisMachine, ranked: join(home, 'ranked.jsonl'), judge: {}, count: 12, seed: 4 },
  ...changes,
})

/** Waits until nothing is queued or running, and returns what the window shows. */
async function settled(
  probes: ProbesApi & { readonly jobs: EvaluationJobs },
  of = request(),
): Promise<NonNullable<ShownProbe['measured']>> {
  while (probes.jobs.list().some(({ status }) => status === 'queued' || isActive(status))) await new Promise(setImmediate)
  return probes.show(of).measured!
}

const judgeOf = ({ judges }: NonNullable<ShownProbe['measured']>, method: ProbedMethod) => judges.find((one) => one.method === method)!

/** Without what depends on the clock. */
const untimed = (judge: ProbedJudge | null) => judge && { ...judge, secondsPerAnswer: null }

test('every judge that needs no training is measured, as the command line measures it', async () => {
  const probes = probesWith()
  expect(probes.show(request())).toEqual({ measured: null, busyWith: null })
  probes.start(request())
  const measured = await settled(probes)
  // 12 prompts with 3 answers: 36 answers by 6 methods and 3 judgements of each by another, and 8 outcomes
  expect(measured).toMatchObject({ status: 'finished', done: 36 * 9 + 8, total: 36 * 9 + 8, error: null, changed: [] })
  const prompts = (await importFile(join(home, 'ranked.jsonl'))).ranked
  const work = {
    ...{ engine: standInEngine(), signal: new AbortController().signal },
    recipe: { batch: 32, chunk: 32, random: 'philox' },
  } as const
  for (const { method, judge } of measured.judges) {
    const settings = (name: string) => judgeRecipe.parse({ method: name })
    const alone = await probeJudge(work, method, { model: join(home, 'base'), prompts, seed: 4, settings })
    expect(untimed(judge), method).toEqual(untimed(alone))
  }
})

test('all answers have the same length, so the longer one is no guide: every pair is a tie', async () => {
  const probes = probesWith()
  probes.start(request())
  const { judge } = judgeOf(await settled(probes), 'length')
  expect(judge).toMatchObject({ isControl: true, all: { pairs: 36, accuracy: 0.5, ties: 1 }, matched: { pairs: 36 } })
})

test('a measurement that is paused keeps its judges, and when resumed ends like an uninterrupted one', async () => {
  const whole = probesWith()
  const first = whole.start(request())
  const expected = (await settled(whole)).judges.map(({ judge }) => judge && { ...untimed(judge), tokensPerAnswer: null })
  whole.jobs.remove(first)

  let id = 0
  let pausing: Promise<void> | undefined
  const cut = probesWith({
    onItem: (given) => {
      if (given === 100) pausing = cut.jobs.pause(id)
    },
  })
  id = cut.start(request())
  const part = await settled(cut)
  await pausing
  expect(part.status).toBe('paused')
  expect(judgeOf(part, 'yes').judge).not.toBeNull()
  expect(judgeOf(part, 'additive')).toMatchObject({ judge: null, done: 0 })
  const again = probesWith()
  expect(again.start(request())).toBe(id)
  const rest = await settled(again)
  expect(rest.status).toBe('finished')
  expect(rest.judges.map(({ judge }) => judge && { ...untimed(judge), tokensPerAnswer: null })).toEqual(expected)
})

test('a measurement whose process was killed is interrupted, and starting it again continues it', async () => {
  const dying = probesWith({ diesAfter: 150 })
  const id = dying.start(request())
  const { done } = await settled(dying)
  takeAsKilledProcess(store, evaluationJob(id))
  const probes = probesWith()
  expect(probes.show(request()).measured).toMatchObject({ status: 'interrupted', done })
  expect(probes.start(request())).toBe(id)
  expect(await settled(probes)).toMatchObject({ id, status: 'finished' })
})

test('figures are those of one model, file, and number of prompts, and are gone when a file has changed', async () => {
  const probes = probesWith()
  probes.start(request())
  await settled(probes)
  expect(probes.show(request({ model: ` "${join(home, 'base')}"` })).measured).not.toBeNull() // a pasted path
  expect(probes.show(request({ count: 5 })).measured).toBeNull()
  expect(probes.show(request({ ranked: null })).measured).toBeNull()
  appendFileSync(join(home, 'base', 'config.json'), '\n')
  expect(probes.show(request()).measured).toBeNull()
})

test('the methods whose settings have changed since are listed, and starting again measures with the new ones', async () => {
  const probes = probesWith()
  const id = probes.start(request())
  await settled(probes)
  const other = request({ judge: { method: 'yes', prompt: 'yes-no', samples: 2, ticks: { yes: '+', no: '-', count: 5 } } })
  expect(probes.show(other).measured).toMatchObject({ id, changed: ['additive'] }) // yes-no is that method's own prompt
  expect(probes.start(other)).not.toBe(id)
  expect(await settled(probes, other)).toMatchObject({ status: 'finished', changed: [] })
})

test('a judge that can’t work with the model has a problem, and the others are measured', async () => {
  const probes = probesWith()
  const of = request({ judge: { answers: { yes: 'Good', no: 'Gone' } } }) // both start with the same token
  probes.start(of)
  const measured = await settled(probes, of)
  expect(measured.status).toBe('finished')
  const failed = measured.judges.flatMap(({ method, judge, problem }) => (judge === null ? [[method, problem]] : []))
  expect(failed).toEqual([
    ['yes', expect.stringContaining('Good')],
    ['checklist', expect.stringContaining('Good')],
  ])
})

test('a judge whose prompt is longer than the model’s context has a problem', async () => {
  const probes = probesWith({ contextLength: 400 })
  probes.start(request())
  const measured = await settled(probes)
  expect(judgeOf(measured, 'additive')).toMatchObject({ judge: null, problem: expect.stringContaining('context of 400') })
  expect(judgeOf(measured, 'contrast').problem).toBeNull()
})

test('no measurement starts while a run is running', () => {
  const runId = createTinyRun(store, home)
  const { token } = store.jobs.begin(runId)
  const probes = probesWith()
  expect(probes.show(request())).toEqual({ measured: null, busyWith: { id: runId, name: 'tiny' } })
  expect(() => probes.start(request())).toThrow('Run tiny is running')
  expect(probes.jobs.list()).toEqual([])
  store.jobs.release(runId, token)
})

test('a measurement stops when a run starts, and continues after it', async () => {
  const runId = createTinyRun(store, home)
  let token = ''
  const probes = probesWith({
    onItem: (given) => {
      if (given === 50) ({ token } = store.jobs.begin(runId))
    },
  })
  const id = probes.start(request())
  expect(await settled(probes)).toMatchObject({ status: 'failed', error: { code: 'BUSY', message: expect.stringContaining('Run tiny') } })
  expect(() => probes.jobs.resume(id)).toThrow('Run tiny is running')
  store.jobs.release(runId, token)
  probes.jobs.resume(id)
  expect((await settled(probes)).status).toBe('finished')
})

test('on a server, the judges that it serves are measured, during a run too; the others have what it lacks as their problem', async () => {
  const server = await standInServer()
  addServer(store, server.address, { has: { prompt_logprobs: null } })
  const runId = createTinyRun(store, home)
  const { token } = store.jobs.begin(runId)
  const probes = probesWith({ diesAfter: 0 }) // this machine has nothing to do
  const onServer = request({ engine: 'big' })
  expect(probes.show(onServer)).toEqual({ measured: null, busyWith: null })
  const id = probes.start(onServer)
  const measured = await settled(probes, onServer)
  expect(measured).toMatchObject({ status: 'finished', error: null, changed: [] })
  expect(measured.judges.flatMap(({ method, judge }) => (judge === null ? [] : method)).sort()).toEqual([
    'additive',
    'checklist',
    'expected',
    'length',
    'pairwise',
    'random',
    'yes',
  ])
  expect(judgeOf(measured, 'contrast').problem).toContain("can't judge on big, which has no log-probabilities of a given response")
  expect(probes.jobs.list().find((one) => one.id === id)).toMatchObject({ title: 'big (big-model)', judge: 'big (big-model)' })
  expect(probes.show(request()).measured).toBeNull() // those are the model's own
  store.engines.setTest(store.engines.resolve('big'), { ...store.engines.resolve('big').test!, at: '2026-02-02T00:00:00.000Z' })
  expect(probes.show(onServer).measured).toBeNull() // another test may have found more
  store.jobs.release(runId, token)
  await server.close()
})

test('the estimate counts the judgements of each judge, and half the prompts take half the time of a judge that reads', async () => {
  const bench = workbench(async () => standInEngine())
  const newRuns = newRunsApi({ runs: runsApi({ home, store }), bench })
  const [all, half] = [
    await newRuns.estimateProbe(probeOf(store, request())),
    await newRuns.estimateProbe(probeOf(store, request({ count: 6 }))),
  ]
  expect(all).toMatchObject({ prompts: 12, answers: 36 })
  expect(all.judges.map(({ method, judgements }) => [method, judgements])).toEqual([
    ['random', 36],
    ...['yes', 'expected', 'contrast', 'pairwise', 'checklist'].map((method) => [method, 36]),
    ['additive', 108],
  ])
  expect(all.judges[0].seconds).toBe(0)
  const reading = ({ judges }: typeof all): number => judges.find(({ method }) => method === 'pairwise')!.seconds
  expect(reading(all)).toBeGreaterThan(1.9 * reading(half))
  await bench.close()
})

test('a recipe’s invalid judge is refused by its key', () => {
  expect(() => probesWith().start(request({ judge: { samples: 0 } }))).toThrow('samples')
})
