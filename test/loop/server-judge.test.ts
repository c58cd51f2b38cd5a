import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JudgeMethod, RecipeInput } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { addServer, serverEngine } from '../support/configured-engines.ts'
import { type SeenRequest, type StandInServer, type StandInServerOptions, standInServer } from '../support/stand-in-server.ts'
import { contentOfRun, createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

let server: StandInServer
const homes: { home: string; remove: () => void; store: Store }[] = []

beforeEach(async () => {
  server = await standInServer()
})
afterEach(async () => {
  await server.close()
  for (const { store, remove } of homes.splice(0)) {
    store.close()
    remove()
  }
})

/** A home whose engine `big` is a server, tested and found to have everything. */
function homeWithServer({ address }: StandInServer = server) {
  const opened = tinyHome()
  const store = openTinyStore(opened.home)
  homes.push({ ...opened, store })
  addServer(store, address)
  return { home: opened.home, store }
}

const judgedBy = (method: JudgeMethod, changes: Partial<RecipeInput> = {}): Partial<RecipeInput> => ({
  ...{ engines: { judge: 'big', evaluate: 'big' }, judge: { method, samples: 2 }, iterations: 1 },
  ...changes,
})

/** What each request asks, without what differs between attempts. */
const asked = ({ seen }: StandInServer): string[] => seen.map(({ path, body }: SeenRequest) => JSON.stringify([path, body]))

describe('a run that answers on this machine and is judged on a server', () => {
  it.each(['additive', 'expected', 'yes', 'checklist', 'pairwise'] as const)(
    'has all judgements by the judge %s from the server',
    async (method) => {
      const { home, store } = homeWithServer()
      const runId = createTinyRun(store, home, judgedBy(method))
      expect(await workWithStandIn(store, home, runId)).toBe('finished')
      const content = contentOfRun(home)
      const judgements = content.judgements as { subject: string; judge: string; score: number | null }[]
      const ofCandidates = judgements.filter(({ subject }) => subject.startsWith('c'))
      expect(ofCandidates.length).toBeGreaterThan(10)
      expect(new Set(ofCandidates.map(({ judge }) => judge))).toEqual(new Set(['big (big-model)']))
      expect(ofCandidates.filter(({ score }) => score !== null).length).toBeGreaterThan(10)
      expect(content.models.map((model) => (model as { name: string }).name)).toEqual(['M0', 'M1', 'M2', 'SFT'])
      const [usage] = store.engineUsage.of({ runId })
      expect(usage).toMatchObject({ engine: 'big', model: 'big-model', requests: server.seen.length, retries: 0, cost: null })
      expect(usage.promptTokens).toBeGreaterThan(100)
    },
  )

  it('has contrasts from a server that gives the log-probabilities of responses', async () => {
    const able = await standInServer({ hasPromptLogprobs: true })
    const { home, store } = homeWithServer(able)
    const runId = createTinyRun(store, home, judgedBy('contrast'))
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    const judgements = contentOfRun(home).judgements as { subject: string; score: number | null }[]
    expect(judgements.filter(({ subject, score }) => subject.startsWith('c') && score !== null).length).toBeGreaterThan(10)
    await able.close()
  })

  it('has its models compared by the server, as one judge by name', async () => {
    const { home, store } = homeWithServer()
    const runId = createTinyRun(store, home, judgedBy('random'))
    await workWithStandIn(store, home, runId)
    const evaluations = contentOfRun(home).evaluations as { kind: string; judge: string }[]
    const compared = evaluations.filter(({ kind }) => kind === 'head-to-head')
    expect(compared.length).toBeGreaterThan(0)
    expect(new Set(compared.map(({ judge }) => judge))).toEqual(new Set(['big (big-model)']))
    expect(new Set(server.seen.map(({ text }) => text.includes('[[A]]')))).toEqual(new Set([true]))
  })

  it('has prompts from the server', async () => {
    const { home, store } = homeWithServer()
    const runId = createTinyRun(store, home, { engines: { prompts: 'big' }, judge: { method: 'length' }, iterations: 1 })
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    const prompts = contentOfRun(home).prompts as { iteration: number; text: string }[]
    expect(prompts.filter(({ text }) => /^Write about the number \d+/.test(text)).length).toBeGreaterThan(3)
  })

  it('sums the costs at the prices of the engine', async () => {
    const { home, store } = homeWithServer()
    store.engines.remove('big')
    const { settings, test } = serverEngine('big', {}, server.address)
    if (settings.kind !== 'openai') throw new Error('not a server')
    store.engines.add('big', { ...settings, prices: { input: 2, output: 8, currency: 'EUR' } })
    store.engines.setTest(store.engines.resolve('big'), test!)
    const runId = createTinyRun(store, home, judgedBy('yes', { evaluation: { count: 0 } }))
    await workWithStandIn(store, home, runId)
    const [usage] = store.engineUsage.of({ runId })
    expect(usage.currency).toBe('EUR')
    expect(usage.cost).toBeCloseTo((2 * usage.promptTokens + 8 * usage.newTokens) / 1e6, 10)
  })
})

describe('a run whose server fails', () => {
  /** Works until it is finished; returns how often it failed. */
  async function workThrough(
    options: StandInServerOptions,
    changes: Partial<RecipeInput>,
  ): Promise<{ failures: number; faulty: StandInServer; home: string }> {
    const faulty = await standInServer(options)
    const { home, store } = homeWithServer(faulty)
    const runId = createTinyRun(store, home, changes)
    for (let failures = 0; failures < 60; failures++) {
      const state = await workWithStandIn(store, home, runId).catch((error: unknown) => error)
      if (state === 'finished') return { failures, faulty, home }
      expect(state).toMatchObject({ code: 'NETWORK' })
      expect(store.runs.resolve(runId)).toMatchObject({ status: 'failed', error: { code: 'NETWORK' } })
    }
    throw new Error('it never finishes')
  }

  it.each(['additive', 'yes'] as const)(
    'ends with the same judgements by %s as one whose server doesn’t, and asks nothing twice that was answered',
    async (method) => {
      const calm = homeWithServer()
      const runId = createTinyRun(calm.store, calm.home, judgedBy(method))
      await workWithStandIn(calm.store, calm.home, runId)
      const answered = new Set<string>()
      const repeated: string[] = []
      const fault: StandInServerOptions['fault'] = (n, { path, body }) => {
        if (n % 7 === 3) return 'cut'
        const key = JSON.stringify([path, body])
        if (answered.has(key)) repeated.push(key)
        answered.add(key)
        return undefined
      }
      const { failures, faulty, home } = await workThrough({ fault }, judgedBy(method))
      expect(failures).toBeGreaterThan(2)
      expect(repeated).toEqual([])
      expect(contentOfRun(home).judgements).toEqual(contentOfRun(calm.home).judgements)
      expect(new Set(asked(faulty))).toEqual(new Set(asked(server)))
      await faulty.close()
    },
  )

  it('that is stopped again and again asks nothing twice that was answered', async () => {
    const stops: AbortController[] = []
    const counting = await standInServer({
      whileAnswering: async () => {
        if (counting.seen.length % 5 === 0) stops.at(-1)?.abort()
      },
    })
    const { home, store } = homeWithServer(counting)
    const runId = createTinyRun(store, home, judgedBy('yes'))
    let sessions = 0
    for (;;) {
      const stop = new AbortController()
      stops.push(stop)
      sessions++
      if ((await workWithStandIn(store, home, runId, {}, { signal: stop.signal })) === 'finished') break
    }
    expect(sessions).toBeGreaterThan(3)
    expect(new Set(asked(counting)).size).toBe(counting.seen.length)
    await counting.close()
  })
})

describe('a run whose engine can’t do its work', () => {
  it('doesn’t start, and is left as it was', async () => {
    const { home, store } = homeWithServer()
    const runId = createTinyRun(store, home, judgedBy('yes'))
    store.engines.remove('big')
    await expect(workWithStandIn(store, home, runId)).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'There is no engine big.' })
  })
})
