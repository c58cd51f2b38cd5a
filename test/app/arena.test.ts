import { afterEach, beforeEach, expect, test } from 'vitest'
import { engineKeys } from '../../main/app/engines/engine-keys.ts'
import { enginesApi } from '../../main/app/engines/engines.ts'
import { arenaApi, serverModel } from '../../main/app/evaluations/arena.ts'
import { arenaStandings, modelStandings } from '../../main/app/evaluations/model-standings.ts'
import { workbench } from '../../main/app/jobs/shared-engine.ts'
import { findModel } from '../../main/app/models/model-library.ts'
import { homePaths } from '../../main/common/home.ts'
import { openEngine } from '../../main/engine/hosts/open-engine.ts'
import type { RequestUsage } from '../../main/engine/hosts/reporting-engine.ts'
import type { ArenaEvent, ArenaPair, ArenaPrompt } from '../../main/shared/contract/evaluations-contract.ts'
import type { LibraryModel } from '../../main/shared/contract/models-contract.ts'
import type { ConfiguredEngine, OpenaiSettings } from '../../main/shared/engine-settings.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { serverEngine } from '../support/configured-engines.ts'
import { type DemoHome, demoHome } from '../support/demo-home.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { standInServer } from '../support/stand-in-server.ts'

let demo: DemoHome
let store: Store
let models: LibraryModel[]
let arena: ReturnType<typeof arenaApi>
/** Of a reader of files, only what the arena asks for. */
const rivers = ['Name a river', 'Name a lake'].map((prompt, index) => ({ index, line: null, prompt, conversation: null, answers: [] }))
const dataSets = {
  list: async () => [],
  rows: async () => ({ total: rivers.length, rows: [] }),
  row: async ({ index }: { index: number }) => rivers[index],
}
beforeEach(async () => {
  demo = demoHome({ tiny: true })
  store = openStore(homePaths(demo.home).database)
  models = await Promise.all(['M1', 'M2', 'M3'].map((name) => findModel(demo.home, store, `${demo.runId}/${name}`)))
  arena = arenaApi({ store, bench: workbench(async () => standInEngine()), dataSets })
})
afterEach(() => {
  store.close()
  demo.remove()
})

const sampling = { temperature: 1, topP: 1, maxTokens: 12 }
const heldOut = (): ArenaPrompt => ({ from: 'held-out', runId: demo.runId })
const ids = (): string[] => models.map(({ id }) => id)

async function events(prompt: ArenaPrompt = heldOut()): Promise<ArenaEvent[]> {
  const list: ArenaEvent[] = []
  for await (const event of arena.round(models, prompt, sampling)) list.push(event)
  return list
}

async function round(): Promise<ArenaPair> {
  const last = (await events()).at(-1)
  if (last?.kind !== 'ready') throw new Error('no pair was made')
  return last.pair
}

test("a round hides the answers' models until there is a vote", async () => {
  const told = JSON.stringify(await events())
  for (const { id, name, path } of models) {
    expect(told).not.toContain(id)
    expect(told).not.toContain(path)
    expect(told).not.toMatch(new RegExp(`\\b${name}\\b`))
  }
  const pair = arena.waiting(ids())!
  const revealed = arena.vote(pair.roundId, 'A', 2)
  const stored = store.arena.find(pair.roundId)
  expect(revealed).toEqual({ roundId: pair.roundId, a: stored.labelA, b: stored.labelB, vote: 'A', reasons: [], comment: '' })
})

test('a prompt of a data set is one of its rows', async () => {
  const [first] = await events({ from: 'data-set', id: 'imported:rivers' })
  expect(rivers.map(({ prompt }) => prompt)).toContain(first.kind === 'prompt' && first.prompt)
})

test('a typed prompt is used as is, and a prompt from a run is one of its held-out ones', async () => {
  expect((await events({ from: 'typed', text: 'Why?' }))[0]).toEqual({ kind: 'prompt', prompt: 'Why?', source: 'typed' })
  const { prompt } = await round()
  expect(store.examples.ofKind(demo.runId, 'held-out').map(({ instruction }) => instruction)).toContain(prompt)
  await expect(events({ from: 'seed-data', runId: demo.runId })).rejects.toThrow(/has no seed data/)
})

test('pairs that have met least often come next, so that all meet', async () => {
  for (let i = 0; i < 6; i++) await round()
  const meetings = Map.groupBy(store.arena.list(), ({ modelA, modelB }) => [modelA, modelB].sort().join())
  expect([...meetings.values()].map((rounds) => rounds.length)).toEqual([2, 2, 2])
})

test('a pair without a vote survives closing the page, and one of other models is not offered', async () => {
  const pair = await round()
  expect(arena.waiting(ids())).toEqual(pair)
  expect(arena.waiting([ids()[0], 'another'])).toBeNull()
  arena.vote(pair.roundId, 'skip', 1)
  expect(arena.waiting(ids())).toBeNull()
})

test('an undone vote leaves the standings and its pair waits again; the last vote counts', async () => {
  const pair = await round()
  arena.vote(pair.roundId, 'A', 1)
  const winner = store.arena.find(pair.roundId).modelA
  expect(arenaStandings(store, false).models.find(({ model }) => model === winner)).toMatchObject({ wins: 1, losses: 0, winRate: 1 })
  expect(arena.undo(pair.roundId)).toEqual(pair)
  expect(arenaStandings(store, false)).toEqual({ votes: 0, reasons: [], models: [] })
  arena.vote(pair.roundId, 'B', 1)
  expect(arenaStandings(store, true).models.find(({ model }) => model === winner)).toMatchObject({ wins: 0, losses: 1 })
  expect(arenaStandings(store, false).votes).toBe(0) // the first vote named the models
})

test('the model of a server answers too, and is another one once the server has another model', async () => {
  const server = await standInServer()
  const onServer = (model: string) => {
    const { settings, ...engine } = serverEngine('big', {}, server.address)
    const prices = { input: 1e6, output: 2e6, currency: 'EUR' }
    const configured = { ...engine, settings: { ...settings, model, prices } as OpenaiSettings }
    return serverModel(store, configured, (opened, onUsage) => openEngine(opened, { home: '', key: null, onUsage }))
  }
  const big = onServer('big-model')
  for await (const event of arena.round([models[0], big], { from: 'typed', text: 'Why?' }, sampling)) {
    expect(JSON.stringify(event)).not.toMatch(/big|M1/)
  }
  await server.close()
  const [asked] = store.engineUsage.of('arena')
  expect(asked).toMatchObject({ engine: 'big', model: 'big-model', requests: server.seen.length, newTokens: 5, currency: 'EUR' })
  expect(asked.cost).toBe(asked.promptTokens + 2 * asked.newTokens)
  const pair = arena.waiting([models[0].id, big.id])!
  expect([pair.a, pair.b]).toContain('one two three four five ')
  expect(arena.waiting([models[0].id, onServer('another').id])).toBeNull()
  const { a, b } = arena.vote(pair.roundId, 'A', 1)
  expect([a, b]).toContain('big (big-model)')
  expect(arenaStandings(store, false).models.map(({ label }) => label)).toContain('big (big-model)')
})

test('a round that is being answered ends on the server as it was, and names its model, though its engine is changed meanwhile', async () => {
  const engines = enginesApi(store, engineKeys(demo.home, { env: {} }))
  const change = async () =>
    engines.edit('big', { ...engines.find('big').settings, model: 'another', address: 'http://127.0.0.1:9/v1' } as OpenaiSettings)
  const server = await standInServer({ whileAnswering: change })
  engines.add('big', serverEngine('big', {}, server.address).settings, null)
  const open = (engine: ConfiguredEngine, onUsage: (usage: RequestUsage) => void) => openEngine(engine, { home: '', key: null, onUsage })
  const big = serverModel(store, store.engines.resolve('big'), open)
  const told: ArenaEvent[] = []
  for await (const event of arena.round([models[0], big], { from: 'typed', text: 'Why?' }, sampling)) told.push(event)
  await server.close()
  expect(told.at(-1)).toMatchObject({ kind: 'ready' })
  expect(store.arena.list().flatMap(({ labelA, labelB }) => [labelA, labelB])).toContain('big (big-model)')
  expect(store.engineUsage.of('arena')).toMatchObject([{ engine: 'big', model: 'big-model' }])
  expect(serverModel(store, store.engines.resolve('big'), open).label).toBe('big (another)')
})

test('a skipped round counts for nothing, and both bad counts as a tie', async () => {
  arena.vote((await round()).roundId, 'skip', 1)
  expect(arenaStandings(store, false).votes).toBe(0)
  arena.vote((await round()).roundId, 'both-bad', 1)
  expect(arenaStandings(store, false)).toMatchObject({
    votes: 1,
    models: [
      { ties: 1, bothBad: 1 },
      { ties: 1, bothBad: 1 },
    ],
  })
})

test('a vote after the models were shown counts apart from the blind ones', async () => {
  const [blind, open] = [await round(), await round()]
  const { labelA, labelB } = store.arena.find(open.roundId)
  expect(arena.reveal(open.roundId)).toEqual({ roundId: open.roundId, a: labelA, b: labelB, vote: null, reasons: [], comment: '' })
  arena.vote(blind.roundId, 'A', 1)
  arena.vote(open.roundId, 'B', 1)
  expect(arenaStandings(store, false).votes).toBe(1)
  expect(arenaStandings(store, true).models[0].label).toBe(labelB)
})

test('reasons are stored with a vote or after it, as a new version, and gone once the vote is withdrawn', async () => {
  const { roundId } = await round()
  const first = arena.vote(roundId, 'A', 4, { reasons: ['length', 'correctness'], comment: 'Its date is wrong.' })
  expect(first).toMatchObject({ vote: 'A', reasons: ['correctness', 'length'], comment: 'Its date is wrong.' })
  expect(arena.explain(roundId, 'A', { reasons: ['clarity'], comment: '' })).toMatchObject({ vote: 'A', reasons: ['clarity'], comment: '' })
  expect(store.arena.find(roundId)).toMatchObject({ vote: 'A', seconds: 4, isOpen: false, reasons: ['clarity'] })
  arena.vote(roundId, 'tie', 1)
  expect(() => arena.explain(roundId, 'A', { reasons: ['safety'], comment: '' })).toThrow(/has changed/)
  arena.undo(roundId)
  expect(store.arena.find(roundId)).toMatchObject({ vote: null, reasons: [], comment: '' })
})

test('the standings count the reasons of their votes, and every vote is exported with its own', async () => {
  const [blind, open, skipped] = [await round(), await round(), await round()]
  await round() // waits for a vote
  arena.reveal(open.roundId)
  arena.vote(blind.roundId, 'A', 2, { reasons: ['length', 'format'], comment: 'Too long.' })
  arena.vote((await round()).roundId, 'B', 2, { reasons: ['format'], comment: '' })
  arena.vote(open.roundId, 'both-bad', 1, { reasons: ['safety'], comment: '' })
  arena.vote(skipped.roundId, 'skip', 1, { reasons: ['clarity'], comment: '' })
  expect(arenaStandings(store, false).reasons).toEqual([
    { reason: 'format', n: 2 },
    { reason: 'length', n: 1 },
  ])
  expect(modelStandings(store).map(({ kind, reasons }) => [kind, reasons[0]])).toEqual(
    expect.arrayContaining([
      ['users-blind', { reason: 'format', n: 2 }],
      ['users-open', { reason: 'safety', n: 1 }],
    ]),
  )
  const ballots = arena.votes()
  const { labelA, labelB } = store.arena.find(blind.roundId)
  expect(ballots).toHaveLength(4)
  expect(ballots.find(({ roundId }) => roundId === blind.roundId)).toMatchObject({
    ...{ a: labelA, b: labelB, textA: blind.a, textB: blind.b, vote: 'A', isOpen: false, prompt: blind.prompt },
    ...{ reasons: ['length', 'format'], comment: 'Too long.', seconds: 2 },
  })
  expect(ballots.find(({ roundId }) => roundId === open.roundId)).toMatchObject({ vote: 'both-bad', isOpen: true, reasons: ['safety'] })
})

test('two equal answers are drawn again, but only a limited number of times', async () => {
  let asked = 0
  const engine = standInEngine()
  const same = workbench(async () => ({
    ...engine,
    async *generate(...call: Parameters<typeof engine.generate>) {
      asked++
      for await (const item of engine.generate(...call)) yield { ...item, text: 'the same' }
    },
  }))
  arena = arenaApi({ store, bench: same, dataSets })
  expect(await round()).toMatchObject({ a: 'the same', b: 'the same' })
  expect(asked).toBe(10)
  expect(store.arena.list()).toHaveLength(1)
})

test('votes are append-only: the database itself rejects changes', async () => {
  const { roundId } = await round()
  expect(() => arena.vote(roundId + 1, 'A', 1)).toThrow(/no arena round/)
  arena.vote(roundId, 'A', 1)
  arena.vote(roundId, 'tie', 1)
  expect(store.arena.find(roundId).vote).toBe('tie')
})
