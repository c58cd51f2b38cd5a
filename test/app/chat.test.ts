import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { workbench } from '../../main/app/jobs/shared-engine.ts'
import { type ChatColumn, chat } from '../../main/app/models/chat-service.ts'
import { findModel } from '../../main/app/models/model-library.ts'
import { homePaths } from '../../main/common/home.ts'
import { Secret } from '../../main/common/secret.ts'
import { openEngine } from '../../main/engine/hosts/open-engine.ts'
import type { ChatEvent, ChatSampling, LibraryModel } from '../../main/shared/contract/models-contract.ts'
import { LaurelError } from '../../main/shared/errors.ts'
import { openStore } from '../../main/store/store.ts'
import { serverEngine } from '../support/configured-engines.ts'
import { type DemoHome, demoHome } from '../support/demo-home.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { type StandInServer, type StandInServerOptions, standInServer } from '../support/stand-in-server.ts'

let demo: DemoHome
let models: LibraryModel[]
beforeAll(async () => {
  demo = demoHome({ tiny: true })
  const store = openStore(homePaths(demo.home).database)
  models = await Promise.all(['M1', 'M2', 'M3'].map((name) => findModel(demo.home, store, `${demo.runId}/${name}`)))
  store.close()
})
afterAll(() => demo.remove())

const sampling: ChatSampling = { temperature: 0.7, topP: 0.9, maxTokens: 20, seed: 1 }
const bench = (options: StandInOptions = {}) => workbench(async () => standInEngine(options))
const columns = (): ChatColumn[] => models.map((model) => ({ model, messages: [{ role: 'user', content: 'Hello' }] }))

const textOf = (events: readonly ChatEvent[], column: number): string =>
  events.reduce((text, event) => (event.kind === 'piece' && event.column === column ? text.slice(0, event.at) + event.text : text), '')

test('every model answers in its column, in pieces that add up to its answer', async () => {
  const events = await Array.fromAsync(chat(bench(), columns(), sampling, undefined))
  for (const column of models.keys()) {
    const own = events.filter((event) => event.column === column)
    expect(own[0].kind).toBe('loading')
    expect(own.filter(({ kind }) => kind === 'piece').length).toBeGreaterThan(1)
    expect(own.at(-1)).toMatchObject({ kind: 'done', text: textOf(events, column) })
  }
})

test('the same seed gives the same answer, and another seed another one', async () => {
  const answers = async (seed: number) => textOf(await Array.fromAsync(chat(bench(), columns(), { ...sampling, seed }, undefined)), 0)
  expect(await answers(1)).toBe(await answers(1))
  expect(await answers(2)).not.toBe(await answers(1))
})

test('a model that fails does not keep the others from answering', async () => {
  const engine = standInEngine()
  const picky = workbench(async () => ({
    ...engine,
    load: async (path: string) => {
      if (path === models[1].path) throw new LaurelError('BAD_INPUT', 'damaged', 'Copy it again.')
      return engine.load(path)
    },
  }))
  const events = await Array.fromAsync(chat(picky, columns(), sampling, undefined))
  const ends = events.filter(({ kind }) => kind === 'done' || kind === 'failed')
  expect(ends).toMatchObject([{ kind: 'done' }, { kind: 'failed', error: { code: 'BAD_INPUT', message: 'damaged' } }, { kind: 'done' }])
})

test('after the engine dies, its column shows ENGINE_LOST, and the next one gets a new engine', async () => {
  let started = 0
  const dying = workbench(async () => {
    const engine = standInEngine(started++ === 0 ? { diesAfter: 0 } : {})
    let isDead = false
    return {
      ...engine,
      generate: (...call: Parameters<typeof engine.generate>) => {
        isDead = started === 1
        return engine.generate(...call)
      },
      usage: async () => {
        if (isDead) throw new LaurelError('ENGINE_LOST', 'gone', '')
        return engine.usage()
      },
    }
  })
  const events = await Array.fromAsync(chat(dying, columns(), sampling, undefined))
  const ends = events.filter(({ kind }) => kind === 'done' || kind === 'failed')
  expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'ENGINE_LOST' } }, { kind: 'done' }, { kind: 'done' }])
  expect(started).toBe(2)
})

test('closing the stream stops generation, and waiting models never start', async () => {
  let asked = 0
  const engine = standInEngine({ itemMs: 1 })
  let stoppedBySignal = false
  const watched = workbench(async () => ({
    ...engine,
    async *generate(params, call = {}) {
      asked++
      call.signal?.addEventListener('abort', () => {
        stoppedBySignal = true
      })
      yield* engine.generate(params, call)
    },
  }))
  for await (const event of chat(watched, columns(), sampling, undefined)) if (event.kind === 'piece') break
  await new Promise((resolve) => setImmediate(resolve))
  expect({ asked, stoppedBySignal }).toEqual({ asked: 1, stoppedBySignal: true })
})

test('a model without a chat template continues the last message verbatim', async () => {
  const prompts: unknown[] = []
  const engine = standInEngine()
  const watched = workbench(async () => ({
    ...engine,
    generate: (...[params, call]: Parameters<typeof engine.generate>) => {
      prompts.push(params.rows[0].input)
      return engine.generate(params, call)
    },
  }))
  const messages = [{ role: 'user', content: 'Once' }]
  await Array.fromAsync(
    chat(
      watched,
      [
        { model: { ...models[0], hasChatTemplate: false }, messages },
        { model: models[0], messages },
      ],
      sampling,
      undefined,
    ),
  )
  expect(prompts).toEqual([{ prompt: 'Once' }, { messages }])
})

describe('the model of a server', () => {
  let server: StandInServer
  afterEach(() => server.close())
  const key = 'sk-secret-of-the-server'
  const serving = async (options: StandInServerOptions = {}): Promise<void> => {
    server = await standInServer({ key, ...options })
  }
  /** A column of the server `big`, reached with this key. */
  const onServer = (given = key): ChatColumn => ({
    open: () => openEngine(serverEngine('big', {}, server.address), { home: '', key: new Secret(given) }),
    messages: [{ role: 'user', content: 'Hello' }],
  })

  test('answers as it writes, beside one of this machine', async () => {
    await serving()
    const events = await Array.fromAsync(chat(bench(), [columns()[0], onServer()], sampling, undefined))
    expect(events.filter(({ kind, column }) => kind === 'done' && column === 0)).toHaveLength(1)
    const own = events.filter(({ column }) => column === 1)
    expect(own.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['writing', 'piece', 'done']))
    expect(own.at(-1)).toMatchObject({ kind: 'done', text: 'one two three four five ', tokens: 5, promptTokens: 4, finishReason: 'stop' })
    expect(textOf(events, 1)).toBe('one two three four five ')
    expect(server.seen[0].body).toMatchObject({
      model: 'big-model',
      stream: true,
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hello' }],
    })
  })

  test('stops writing as soon as the reader leaves', async () => {
    const left = Promise.withResolvers<void>()
    await serving({ onGone: left.resolve })
    for await (const { kind } of chat(bench(), [onServer()], sampling, undefined)) if (kind === 'piece') break
    await left.promise
    expect(server.seen).toHaveLength(1)
  })

  test('fails in its column with what the server says, without the key', async () => {
    await serving()
    const events = await Array.fromAsync(chat(bench(), [onServer('sk-another-key'), onServer()], sampling, undefined))
    expect(events.find(({ kind }) => kind === 'failed')).toMatchObject({
      column: 0,
      error: { code: 'BAD_INPUT', message: expect.stringContaining('rejected the key') },
    })
    expect(events.find(({ kind }) => kind === 'done')).toMatchObject({ column: 1 })
    expect(JSON.stringify(events)).not.toContain('sk-')
  })

  test('is asked again while a busy server hasn’t started, and after it was cut off', async () => {
    await serving({ fault: (n) => (n === 0 ? { status: 429, headers: { 'retry-after': '0' } } : n === 1 ? 'cut' : undefined) })
    const events = await Array.fromAsync(chat(bench(), [onServer()], sampling, undefined))
    expect(events.at(-1)).toMatchObject({ kind: 'done', text: 'one two three four five ' })
    expect(textOf(events, 0)).toBe('one two three four five ')
    expect(server.seen).toHaveLength(3)
  })

  test('is asked without what its server doesn’t know', async () => {
    await serving({ refuses: ['stream_options'] })
    expect((await Array.fromAsync(chat(bench(), [onServer()], sampling, undefined))).at(-1)).toMatchObject({ kind: 'done', tokens: 5 })
    expect(server.seen.map(({ body }) => 'stream_options' in body)).toEqual([true, false])
  })
})
