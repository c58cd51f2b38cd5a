import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { engineKeys } from '../../main/app/engines/engine-keys.ts'
import { enginesApi } from '../../main/app/engines/engines.ts'
import { alpacaEvalOf } from '../../main/app/evaluations/alpaca-eval-results.ts'
import { listEvaluations } from '../../main/app/evaluations/evaluations.ts'
import { mtBenchOf, settingsOf } from '../../main/app/evaluations/new-evaluation.ts'
import { judgeOn } from '../../main/loop/evaluation/judge-engine.ts'
import type { EngineUse } from '../../main/shared/contract/runs-contract.ts'
import { openaiSettings, ownModelId } from '../../main/shared/engine-settings.ts'
import type { EvaluationSettings, JudgingModel } from '../../main/shared/evaluation-settings.ts'
import { type JudgeMethod, judgeRecipe, type RecipeInput } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { addServer, serverEngine } from '../support/configured-engines.ts'
import { type EvaluationJobs, evaluationJobsOn, settled } from '../support/evaluation-jobs.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { type StandInServer, type StandInServerOptions, standInServer } from '../support/stand-in-server.ts'
import { writeModel } from '../support/stand-in-training.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
let server: StandInServer
let enginesStarted: number
const open: EvaluationJobs[] = []

beforeEach(async () => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
  writeModel(join(home, 'other'), 'm1')
  const write = (name: string, rows: readonly object[]): void =>
    writeFileSync(join(home, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  write(
    'prompts.jsonl',
    Array.from({ length: 12 }, (_, i) => ({ prompt: `What is ${i}?` })),
  )
  write(
    'questions.jsonl',
    Array.from({ length: 3 }, (_, i) => ({ question_id: i, category: 'writing', turns: [`Say ${i}.`, 'Say it again.'] })),
  )
  write(
    'outputs.jsonl',
    Array.from({ length: 6 }, (_, i) => ({ instruction: `What is ${i}?`, output: `It is ${i}.`, generator: 'reference' })),
  )
  enginesStarted = 0
  await serve()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((jobs) => jobs.close()))
  await server.close()
  store.close()
  remove()
})

/** Another server in place of the one before. */
async function serve(options: StandInServerOptions = {}, configured: Parameters<typeof addServer>[2] = {}): Promise<void> {
  if (store.engines.remove('big')) await server.close()
  server = await standInServer(options)
  addServer(store, server.address, configured)
}

function jobs(): EvaluationJobs {
  const started = evaluationJobsOn(store, {
    startEngine: async () => {
      enginesStarted++
      return standInEngine()
    },
  })
  open.push(started)
  return started
}

const model = (name: string) => ({ id: name, label: name, path: join(home, name) })
const big = (): JudgingModel => judgeOn(store.engines.resolve('big'), null)
const answering = { temperature: 0.7, top_p: 0.9, top_k: 0, max_new_tokens: 20, stop: [] }
const common = { seed: 3, random: 'philox' } as const
const pairwise = { method: 'pairwise', prompt: 'pairwise', maxNewTokens: 20 } as const
const scoring = (method: JudgeMethod) => ({ method: 'score' as const, judge: judgeRecipe.parse({ method }) })

const headToHead = (deciding: Extract<EvaluationSettings, { kind: 'head-to-head' }>['deciding'] = pairwise): EvaluationSettings => ({
  ...{ kind: 'head-to-head', model: model('base'), against: model('other'), judge: big(), deciding, answering },
  ...{ source: { from: 'file', path: join(home, 'prompts.jsonl') }, count: 12, ...common },
})
const judgeQuality = (method: JudgeMethod): EvaluationSettings => ({
  ...{ kind: 'judge', model: big(), judge: judgeRecipe.parse({ method }), ...common },
  ...{ source: { from: 'file', path: join(home, 'ranked.jsonl') }, count: 4 },
})
const mtBench = (): EvaluationSettings =>
  mtBenchOf({
    ...{ model: model('base'), against: null, judge: big(), seed: 1 },
    source: { from: 'file', path: join(home, 'questions.jsonl'), references: null },
  }).settings
const alpacaEval = (outputs: string | null): EvaluationSettings =>
  alpacaEvalOf({
    ...{ model: outputs === null ? model('base') : null, outputs, against: null, judge: big(), count: 6, seed: 1 },
    instructions: join(home, 'outputs.jsonl'),
  }).settings
const userAgreement = (): EvaluationSettings => {
  const texts = { textA: 'a good one', textB: 'one' }
  const id = store.arena.add({ prompt: 'Say it.', source: 'typed', modelA: 'a', modelB: 'b', labelA: 'A', labelB: 'B', ...texts })
  store.arena.vote(id, 'A', 1)
  return { kind: 'user-agreement', model: big(), deciding: pairwise, votes: 'all', ...common }
}

describe('an evaluation that a server judges', () => {
  test.each([
    ['a comparison in both orders', 1, () => headToHead()],
    ['a comparison of scores', 1, () => headToHead(scoring('expected'))],
    ['MT-Bench', 1, mtBench],
    ['AlpacaEval', 1, () => alpacaEval(null)],
    ['AlpacaEval of answers in a file', 0, () => alpacaEval(join(home, 'outputs.jsonl'))],
    ['agreement with human ranks', 0, () => judgeQuality('yes')],
    ['agreement with users', 0, userAgreement],
  ])('has all judgements from there, and an engine here only if a model answers here: %s', async (_, engines, settings) => {
    const api = jobs()
    const wanted = settings()
    api.start(wanted, 'by a server')
    const [evaluation] = await settled(api)
    expect(evaluation).toMatchObject({ status: 'finished', error: null, judge: 'big (big-model)', settings: wanted })
    expect(server.seen.length).toBeGreaterThan(1)
    expect(enginesStarted).toBe(engines)
    const [{ engineUsage }] = listEvaluations(store)
    expect(engineUsage).toMatchObject([{ engine: 'big', model: 'big-model', requests: server.seen.length, retries: 0, cost: null }])
    expect(engineUsage[0].prompt_tokens).toBeGreaterThan(server.seen.length)
  })

  test('that is paused asks nothing twice that was answered, and ends with the same figures', async () => {
    const whole = jobs()
    whole.start(headToHead(), 'whole')
    const [{ result, engineUsage: askedInOne }] = await settled(whole)
    const asked = new Set(server.seen.map(({ text }) => text))
    let pausing: Promise<void> | undefined
    let id = 0
    const api = jobs()
    await serve({
      whileAnswering: () => {
        if (server.seen.length === 7) pausing = api.pause(id)
        return undefined
      },
    })
    id = api.start(headToHead(), 'in two parts')
    expect((await settled(api))[0]).toMatchObject({ status: 'paused', error: null })
    await pausing
    const before = server.seen.length
    expect(before).toBeLessThan(asked.size)
    const again = jobs()
    again.resume(id)
    const [resumed] = await settled(again)
    expect(resumed).toMatchObject({ status: 'finished', result })
    const inTokens = ({ engineUsage }: { engineUsage: readonly EngineUse[] }): number[] =>
      engineUsage.flatMap(({ requests, prompt_tokens, new_tokens }) => [requests, prompt_tokens, new_tokens])
    expect(inTokens(resumed)).toEqual(inTokens({ engineUsage: askedInOne }))
    expect(server.seen.map(({ text }) => text).sort()).toEqual([...asked].sort())
  })

  test('fails with what the server says, and is completed by resuming', async () => {
    let isDown = true
    await serve({ fault: () => (isDown ? 'close' : undefined) })
    const api = jobs()
    const id = api.start(judgeQuality('additive'), 'down')
    expect((await settled(api))[0]).toMatchObject({ status: 'failed', error: { code: 'NETWORK' } })
    isDown = false
    api.resume(id)
    expect((await settled(api))[0]).toMatchObject({ status: 'finished', error: null })
  })
})

describe('an engine in use', () => {
  /** Tries to remove and to change the engine during its first answer. */
  function tryingMeanwhile(): { readonly errors: unknown[]; readonly options: StandInServerOptions } {
    const errors: unknown[] = []
    const engines = enginesApi(store, engineKeys(home))
    const attempts = [
      () => engines.remove('big'),
      () => engines.edit('big', { ...store.engines.resolve('big').settings, address: 'http://x/v1' }),
    ]
    const whileAnswering = async (): Promise<void> => {
      for (const attempt of attempts.splice(0)) {
        try {
          attempt()
        } catch (error) {
          errors.push(error)
        }
      }
    }
    return { errors, options: { whileAnswering } }
  }

  test('by an evaluation isn’t removed or changed', async () => {
    const { errors, options } = tryingMeanwhile()
    await serve(options)
    const api = jobs()
    api.start(judgeQuality('additive'), 'running')
    await settled(api)
    const busy = { code: 'BUSY', message: expect.stringMatching(/^Evaluation \d+ is using the engine big\.$/) }
    expect(errors).toMatchObject([busy, busy])
    enginesApi(store, engineKeys(home)).remove('big')
    expect(store.engines.list()).toEqual([])
  })

  test('by a run isn’t removed or changed; paused, the run continues with what was changed', async () => {
    const { errors, options } = tryingMeanwhile()
    const pause = new AbortController()
    await serve({
      whileAnswering: async (request) => {
        await options.whileAnswering?.(request)
        if (server.seen.length === 3) pause.abort()
      },
    })
    const recipe: Partial<RecipeInput> = { engines: { judge: 'big' }, judge: { method: 'yes' }, iterations: 1 }
    const runId = createTinyRun(store, home, recipe)
    expect(await workWithStandIn(store, home, runId, {}, { signal: pause.signal })).toBe('paused')
    const busy = { code: 'BUSY', message: `Run ${runId} is using the engine big.` }
    expect(errors).toMatchObject([busy, busy])
    const next = await standInServer()
    const engines = enginesApi(store, engineKeys(home))
    engines.edit('big', { ...store.engines.resolve('big').settings, address: next.address })
    engines.edit('big', openaiSettings.parse({ ...store.engines.resolve('big').settings, prices: { input: 1, output: 1 } }))
    expect(store.engines.resolve('big').test).toBeNull()
    store.engines.setTest(store.engines.resolve('big'), serverEngine('big', {}).test!)
    const before = server.seen.length
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(server.seen).toHaveLength(before)
    expect(next.seen.length).toBeGreaterThan(before)
    expect(store.engineUsage.of({ runId })).toMatchObject([{ engine: 'big', currency: 'USD' }])
    await next.close()
  })
})

describe('an evaluation whose judge the server can’t serve', () => {
  test.each([
    [
      'a method without what it reads',
      () => judgeQuality('contrast'),
      "The judge contrast can't judge on big, which has no log-probabilities of a given response",
    ],
    ['a method that no server serves', () => headToHead(scoring('ticks')), 'The judge ticks reads the probabilities of each tick'],
    ['AlpacaEval without probabilities', () => alpacaEval(null), "The judge pairwise can't judge on big"],
  ])('is refused before anything is stored or asked: %s', async (_, settings, message) => {
    await serve({}, { has: { logprobs: 0, prompt_logprobs: null } })
    expect(() => jobs().start(settings(), 'refused')).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(message) }),
    )
    expect(store.evaluations.list()).toEqual([])
    expect(server.seen).toEqual([])
  })

  test('is refused until the server has been tested, unless the judge only writes', async () => {
    await serve({}, { has: null })
    expect(() => jobs().start(judgeQuality('yes'), 'refused')).toThrow(/Whether big can serve the judge yes isn't known/)
    const api = jobs()
    api.start(judgeQuality('additive'), 'written')
    expect((await settled(api))[0].status).toBe('finished')
  })

  test('isn’t resumed by another judge: the server has another model now, or is gone', async () => {
    await serve({ fault: () => 'close' })
    const api = jobs()
    const id = api.start(judgeQuality('additive'), 'down')
    await settled(api)
    await serve({}, { model: 'small-model' })
    expect(() => api.resume(id)).toThrow('The judge of this evaluation is big (big-model), but that engine is big (small-model) now.')
    store.engines.remove('big')
    expect(() => api.resume(id)).toThrow('There is no engine big.')
    expect(server.seen).toEqual([])
  })
})

describe('the window', () => {
  const wanted = { kind: 'judge', judging: { as: 'yes' }, source: { from: 'file', path: 'ranked.jsonl' }, count: 4, seed: 1 } as const

  test('names a server’s own model as the judge', async () => {
    const { settings, title } = await settingsOf({ home, store }, { ...wanted, model: ownModelId('big') })
    expect(title).toBe('big (big-model)')
    expect(settings).toMatchObject({ model: { id: 'big (big-model)', label: 'big (big-model)', path: '', engine: 'big' } })
  })

  test('names a model of the library and the cluster that it judges on', async () => {
    store.engines.add('rack', { kind: 'ray', address: 'http://127.0.0.1:9', storage: home, folder: null, key_variable: null })
    const base = join(home, 'base')
    const { engines } = store
    expect(judgeOn(engines.resolve('rack'), { id: base, label: 'base', path: base })).toEqual({
      id: base,
      label: 'base on rack',
      path: base,
      engine: 'rack',
    })
    expect(() => judgeOn(engines.resolve('rack'), null)).toThrow('The cluster rack has no model of its own.')
    expect(() => judgeOn(engines.resolve('big'), { id: base, label: 'base', path: base })).toThrow(
      'The server big judges with its own model',
    )
  })
})
