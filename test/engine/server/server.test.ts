import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { channelEngine, type EngineChannel } from '../../../main/engine/hosts/channel-engine.ts'
import type { Engine } from '../../../main/engine/hosts/engine.ts'
import { serve } from '../../../main/engine/process/engine-server.ts'
import { memoryTransports } from '../../../main/engine/process/transport.ts'
import {
  type EngineInfo,
  type GeneratePiece,
  type LeftOutRow,
  type Sampling,
  sampling,
  type TrainItem,
} from '../../../main/shared/engine-protocol.ts'
import { LaurelError } from '../../../main/shared/errors.ts'
import { trainConfig } from '../../../main/shared/train-config.ts'
import { characterTokenizer, fakeInfo, fakeNumerics } from '../../support/fake-numerics.ts'

let checkpoints: string
beforeEach(() => {
  checkpoints = mkdtempSync(join(tmpdir(), 'laurel-server-'))
})
afterEach(() => rmSync(checkpoints, { recursive: true, force: true }))

/** A server with fake numerics and its engine interface, in one process. */
function start(startBackend: () => EngineInfo | Promise<EngineInfo> = () => fakeInfo, options: Parameters<typeof fakeNumerics>[0] = {}) {
  const [own, other] = memoryTransports()
  const numerics = fakeNumerics(options)
  let backends = 0
  let shutdowns = 0
  serve({
    transport: other,
    numerics,
    startBackend: async () => {
      backends++
      return startBackend()
    },
    onShutdown: () => {
      shutdowns++
    },
  })
  const channel: EngineChannel = {
    send: (message) => void own.send(message),
    onMessage: own.onMessage,
    onLost: () => {},
    close: (shutdown) => shutdown(),
  }
  return { engine: channelEngine(channel), numerics, journal: numerics.journal, own, backends: () => backends, shutdowns: () => shutdowns }
}

/** A server that pauses halfway until it is stopped, so that a stop always interrupts work. */
const startHolding = (holdAfter: number) => start(() => fakeInfo, { holdAfter })

const manyRows = Array.from({ length: 20 }, () => ({ prompt: 'a', completion: 'b' }))

const ask = (options: Partial<Sampling> = {}) => sampling.parse(options)

const generate = (engine: Engine, model: string, input: { prompt: string } | { text: string } | { inputIds: number[] }, options = {}) =>
  Array.fromAsync(engine.generate({ model, rows: [{ input, seeds: [1] }], sampling: ask(options), batch: 4 }))

test("a prompt is rendered by the chat template, and the response's text omits special tokens", async () => {
  const { engine } = start()
  const [item] = await generate(engine, 'm', { prompt: 'abc' })
  expect(item.text).toBe(']tnatsissa[') // then the prompt's own <|end|>, which stops
  expect(item.tokenIds.at(-1)).toBe(1)
  expect(item.finishReason).toBe('stop')
  expect(item.promptTokens).toBe(characterTokenizer.encode('[user]abc<|end|>[assistant]', { special: true }).length)
})

test('special tokens in raw text are parsed, and nothing is added', async () => {
  const { engine } = start()
  const [item] = await generate(engine, 'm', { text: 'x<|end|>yz' })
  expect(item.tokenIds).toEqual([...characterTokenizer.encode('zy', { special: false }), 1])
})

test('a model without a chat template continues a plain prompt and rejects messages', async () => {
  const { engine } = start()
  const [item] = await generate(engine, 'base-m', { prompt: 'abc' })
  expect(item.text).toBe('cba')
  const rows = [{ input: { messages: [{ role: 'user', content: 'a' }] }, seeds: [1] }]
  await expect(Array.fromAsync(engine.generate({ model: 'base-m', rows, sampling: ask(), batch: 1 }))).rejects.toMatchObject({
    code: 'BAD_INPUT',
    row: 0,
  })
})

test('a model without a tokenizer takes and returns token ids', async () => {
  const { engine } = start()
  const [item] = await generate(engine, 'ids-m', { inputIds: [5, 6] })
  expect(item).toMatchObject({ text: '', tokenIds: [6, 5, 1], promptTokens: 2 })
  await expect(generate(engine, 'ids-m', { prompt: 'a' })).rejects.toThrow(/has no tokenizer/)
})

test('a stop string ends generation early and is not part of the response', async () => {
  const { engine } = start()
  const [item] = await generate(engine, 'm', { text: 'the quick brown fox' }, { stop: ['nwo', 'kci'] })
  expect(item.text).toBe('xof ')
  expect(item.finishReason).toBe('stop')
  expect(item.tokenIds).toHaveLength('xof nwo'.length) // nothing was computed after the stop string
})

test('streamed pieces add up to the response, and are sent only on request', async () => {
  const { engine } = start()
  const pieces: GeneratePiece[] = []
  const rows = [{ input: { text: 'the quick brown fox' }, seeds: [1, 2] }]
  const params = { model: 'm', rows, sampling: ask({ stop: ['kciuq'] }), batch: 4 }
  const items = await Array.fromAsync(engine.generate(params, { onPiece: (piece) => pieces.push(piece) }))
  expect(items.map(({ text }) => text)).toEqual(['xof nworb ', 'xof nworb '])
  for (const { sample, text } of items) {
    const own = pieces.filter((piece) => piece.sample === sample)
    expect(own.length).toBeGreaterThan(1)
    expect(own.reduce((before, piece) => before.slice(0, piece.at) + piece.text, '')).toBe(text)
  }
  expect(await Array.fromAsync(engine.generate(params))).toEqual(items)
})

test('a stop string is ignored before the minimum number of tokens', async () => {
  const { engine } = start()
  const [item] = await generate(engine, 'm', { text: 'abcabc' }, { stop: ['a'], minNewTokens: 6 })
  expect(item.tokenIds).toHaveLength(6)
})

test('a full context ends a response with reason "length"', async () => {
  const { engine } = start() // with a context of 200 tokens
  const [item] = await generate(engine, 'm', { text: 'x'.repeat(150) }, { maxNewTokens: 1000 })
  expect(item).toMatchObject({ finishReason: 'length', tokenIds: expect.objectContaining({ length: 50 }) })
  await expect(generate(engine, 'm', { text: 'x'.repeat(200) })).rejects.toThrow(/which must also hold the response/)
})

test('rows that the numerics leave out are reported on request, and fail the request otherwise', async () => {
  const { engine } = start(() => fakeInfo, { most: 3 })
  const leftOut: LeftOutRow[] = []
  const onLeftOut = (row: LeftOutRow): number => leftOut.push(row)
  const texts = [{ text: 'x'.repeat(200) }, { text: 'ab' }, { text: 'abcd' }]
  const rows = texts.map((input) => ({ input, seeds: [1, 2] }))
  const items = await Array.fromAsync(engine.generate({ model: 'm', rows, sampling: ask(), batch: 2 }, { onLeftOut }))
  expect(items.map(({ row, sample, text }) => `${row}/${sample}: ${text}`)).toEqual(['1/0: ba', '1/1: ba'])
  expect(leftOut.map(({ row }) => row)).toEqual([0, 2])

  leftOut.length = 0
  const asked = texts.map((input) => ({ input }))
  const scored = await Array.fromAsync(engine.score({ model: 'm', rows: asked, top: 0, batch: 2 }, { onLeftOut }))
  expect(scored.map(({ row }) => row)).toEqual([1])
  expect(leftOut.map(({ row }) => row)).toEqual([0, 2])

  const refusal = { code: 'BAD_INPUT', message: 'too long here', row: 2 }
  const kept = { model: 'm', batch: 2 }
  await expect(Array.fromAsync(engine.generate({ ...kept, rows: [rows[1], rows[1], rows[2]], sampling: ask() }))).rejects.toMatchObject(
    refusal,
  )
  await expect(Array.fromAsync(engine.score({ ...kept, rows: [asked[1], asked[1], asked[2]], top: 0 }))).rejects.toMatchObject(refusal)
})

test('impossible rows are reported on request, and the other rows keep their indices', async () => {
  const { engine } = start() // with a context of 200 tokens
  const inputs = [{ text: 'x'.repeat(200) }, { text: 'ab' }, { messages: [{ role: 'wizard', content: 'x' }] }, { text: 'cd' }]
  const leftOut: LeftOutRow[] = []
  const onLeftOut = (row: LeftOutRow): number => leftOut.push(row)
  const rows = inputs.map((input) => ({ input, seeds: [1, 2] }))
  const items = await Array.fromAsync(engine.generate({ model: 'm', rows, sampling: ask(), batch: 2 }, { onLeftOut }))
  expect(leftOut.map(({ row }) => row)).toEqual([0, 2])
  expect(leftOut.map(({ leftOut }) => leftOut).join('; ')).toMatch(/don't fit the model's context of 200.*; .*support the role "wizard"/)
  expect(items.map(({ row, sample, text }) => `${row}/${sample}: ${text}`).sort()).toEqual(['1/0: ba', '1/1: ba', '3/0: dc', '3/1: dc'])

  leftOut.length = 0
  const asked = inputs.map((input) => ({ input, continuation: 'yz' }))
  const scored = await Array.fromAsync(engine.score({ model: 'm', rows: asked, top: 0, batch: 2 }, { onLeftOut }))
  expect(leftOut.map(({ row }) => row)).toEqual([0, 2])
  expect(scored.map(({ row }) => row).sort()).toEqual([1, 3])

  const none = await Array.fromAsync(engine.generate({ model: 'm', rows: rows.slice(0, 1), sampling: ask(), batch: 2 }, { onLeftOut }))
  expect(none).toEqual([])
})

test.each([
  ['a role that the template does not support', [{ role: 'wizard', content: 'x' }], /support the role "wizard"/],
  ['messages that the template rejects', [{ role: 'system', content: 'x' }], /System role not supported/],
])('%s: the error names the problem and the row', async (_, messages, text) => {
  const { engine } = start()
  const rows = [
    { input: { prompt: 'fine' }, seeds: [1] },
    { input: { messages }, seeds: [1] },
  ]
  const failure = Array.fromAsync(engine.generate({ model: 'm', rows, sampling: ask(), batch: 1 }))
  await expect(failure).rejects.toMatchObject({ code: 'BAD_INPUT', row: 1, message: expect.stringMatching(text) })
})

test('a role that the template names is allowed', async () => {
  const { engine } = start()
  expect(await engine.render({ model: 'm', messages: [{ role: 'critic', content: 'x' }], addGenerationPrompt: false })).toBe(
    '[critic]x<|end|>',
  )
})

test('a role that the template has nothing for is refused in a prompt, and rendered as the template does', async () => {
  const { engine } = start()
  const messages = [{ role: 'tool', content: 'a' }]
  const rows = [{ input: { messages }, seeds: [1] }]
  await expect(Array.fromAsync(engine.generate({ model: 'm', rows, sampling: ask(), batch: 1 }))).rejects.toThrow(
    /doesn't support the role "tool"/,
  )
  expect(await engine.render({ model: 'm', messages, addGenerationPrompt: false })).toBe('[tool]a<|end|>')
})

test.each([
  ['an id outside the vocabulary', { inputIds: [5, 98] }, /token id 98 is outside/],
  ['a row longer than the context', { inputIds: Array.from({ length: 201 }, () => 5) }, /201 tokens don't fit/],
  ['an empty text', { text: '' }, /empty/],
])('%s is rejected', async (_, input, text) => {
  const { engine } = start()
  await expect(generate(engine, 'm', input)).rejects.toThrow(text)
})

test('a continuation is scored with its choices at each of its positions and after it', async () => {
  const { engine } = start()
  const rows = [{ input: { text: 'ab' }, continuation: 'c<|end|>', choices: ['0', '5x'] }]
  const [item] = await Array.fromAsync(engine.score({ model: 'm', rows, top: 2, batch: 1 }))
  expect(item.continuationStart).toBe(2)
  expect(item.inputIds).toEqual(characterTokenizer.encode('abc<|end|>', { special: false })) // special tokens in a continuation are not parsed
  expect(item.choiceLogprobs).toHaveLength('c<|end|>'.length + 1)
  const [zero, five] = characterTokenizer.encode('05', { special: false })
  expect(item.choiceLogprobs![0]).toEqual([zero - 30, five - 30])
  expect(item.topIds).toHaveLength(2)
})

test('tokenizing and rendering do not start a backend', async () => {
  const { engine, backends } = start()
  expect(await engine.tokenize({ model: 'm', texts: ['a<|end|>'], special: true })).toEqual([[67, 1]])
  await engine.render({ model: 'm', messages: [{ role: 'user', content: 'x' }], addGenerationPrompt: true })
  expect(backends()).toBe(0)
  await engine.load('m')
  await engine.info()
  expect(backends()).toBe(1)
})

test("a model's dimensions and row lengths need no backend", async () => {
  const { engine, backends } = start()
  expect(await engine.describe('m')).toMatchObject({ hidden: 8, layers: 1, tiedEmbeddings: true })
  const template = '[user]a<|end|>[assistant]'.length - '<|end|>'.length + 1
  const pair = { prompt: 'a', chosen: 'bcd', rejected: 'e' }
  const lengths = await engine.lengths({ task: 'dpo', model: 'm', rows: [pair], maxLength: 100, promptWeight: 0 })
  expect(lengths).toEqual([{ tokens: template + 4 + 2, targets: 4 + 2 }]) // each response with its end token
  const example = { prompt: 'a', completion: 'bcd' }
  const asked = { task: 'sft' as const, model: 'm', maxLength: 100, rows: [example, { ...example, weights: [0, 1, 1, 0] }] }
  expect(await engine.lengths({ ...asked, promptWeight: 0 })).toEqual([
    { tokens: template + 4, targets: 4 },
    { tokens: template + 4, targets: 2 },
  ])
  expect((await engine.lengths({ ...asked, promptWeight: 0.5 }))[0].targets).toBe(4 + template - 1)
  expect((await engine.lengths({ ...asked, maxLength: template + 1, promptWeight: 0 })).length).toBe(2)
  expect(backends()).toBe(0)
})

test('requests run one at a time, in order', async () => {
  const { engine } = start()
  const order: string[] = []
  const long = generate(engine, 'm', { text: 'x'.repeat(50) }).then(() => order.push('long'))
  const short = engine.tokenize({ model: 'm', texts: ['a'], special: false }).then(() => order.push('short'))
  await Promise.all([long, short])
  expect(order).toEqual(['long', 'short'])
})

test('usage is answered while a request is running', async () => {
  const { engine } = start()
  const order: string[] = []
  const long = generate(engine, 'm', { text: 'x'.repeat(50) }).then(() => order.push('generated'))
  const usage = engine.usage().then(({ peakRssBytes }) => {
    order.push('usage')
    return peakRssBytes
  })
  expect(await usage).toBeGreaterThan(1e6)
  await long
  expect(order).toEqual(['usage', 'generated'])
})

test('usage is answered while the backend is starting, when there is none to ask for its tensors', async () => {
  let finish: (info: EngineInfo) => void = () => {}
  const { engine, numerics } = start(
    () =>
      new Promise<EngineInfo>((resolve) => {
        finish = resolve
      }),
  )
  const tensors = vi.spyOn(numerics, 'tensors').mockImplementation(() => {
    throw new Error('No backend found in registry.')
  })
  const info = engine.info()
  expect(await engine.usage()).toMatchObject({ tensors: 0 })
  tensors.mockReturnValue(7)
  finish(fakeInfo)
  await info
  expect(await engine.usage()).toMatchObject({ tensors: 7 })
})

test('usage counts tokens read and generated', async () => {
  const { engine } = start()
  await generate(engine, 'm', { text: 'abcd' }, { maxNewTokens: 3 })
  await Array.fromAsync(engine.score({ model: 'm', rows: [{ input: { text: 'abcdef' } }], top: 0, batch: 1 }))
  expect(await engine.usage()).toMatchObject({ promptTokens: 10, newTokens: 3 })
})

test('an aborted generation throws STOPPED after its finished items, and the engine stays usable', async () => {
  const { engine } = startHolding(1)
  const abort = new AbortController()
  const rows = [
    { input: { text: 'ab' }, seeds: [1] },
    { input: { text: 'c'.repeat(150) }, seeds: [1] },
  ]
  const seen: number[] = []
  const reading = (async () => {
    for await (const { row } of engine.generate({ model: 'm', rows, sampling: ask(), batch: 1 }, { signal: abort.signal })) {
      seen.push(row)
      abort.abort()
    }
  })()
  await expect(reading).rejects.toMatchObject({ code: 'STOPPED' })
  expect(seen).toEqual([0])
  expect(await generate(engine, 'm', { text: 'ab' })).toHaveLength(1)
})

test('a queued request is rejected as soon as it is cancelled', async () => {
  const { engine } = start()
  const order: string[] = []
  const long = generate(engine, 'm', { text: 'x'.repeat(150) }).then(() => order.push('long'))
  const abort = new AbortController()
  const params = { model: 'm', rows: [{ input: { text: 'a' } }], top: 0, batch: 1 }
  const waiting = Array.fromAsync(engine.score(params, { signal: abort.signal })).catch(({ code }) => order.push(code))
  abort.abort()
  await Promise.all([long, waiting])
  expect(order).toEqual(['STOPPED', 'long'])
})

test('leaving the iteration early cancels the request', async () => {
  const { engine, journal } = startHolding(5)
  const params = { task: 'sft' as const, model: 'm', rows: manyRows, config: trainConfig.parse({}), out: 'o', checkpoints }
  for await (const item of engine.train(params)) if (item.kind === 'step') break
  await engine.load('other') // queued, so the training is over afterwards
  expect(journal).toEqual(['train 20', 'stopped', 'load other float32'])
})

test('a stopped training reports its checkpoint, then STOPPED', async () => {
  const { engine } = startHolding(5)
  const abort = new AbortController()
  const params = { task: 'sft' as const, model: 'm', rows: manyRows, config: trainConfig.parse({}), out: 'o', checkpoints }
  const items: TrainItem[] = []
  const reading = (async () => {
    for await (const item of engine.train(params, { signal: abort.signal })) {
      items.push(item)
      if (item.kind === 'step') abort.abort()
    }
  })()
  await expect(reading).rejects.toMatchObject({ code: 'STOPPED' })
  expect(items.at(-1)).toMatchObject({ kind: 'checkpoint' })
})

test('a concluded training finishes its step and completes normally', async () => {
  const { engine, journal } = startHolding(5)
  const conclude = new AbortController()
  const params = { task: 'sft' as const, model: 'm', rows: manyRows, config: trainConfig.parse({}), out: 'o', checkpoints }
  const items: TrainItem[] = []
  for await (const item of engine.train(params, { conclude: conclude.signal })) {
    items.push(item)
    if (item.kind === 'step' && item.step === 2) conclude.abort()
  }
  const steps = items.filter(({ kind }) => kind === 'step').length
  expect(steps).toBeLessThan(manyRows.length)
  expect(journal.at(-1)).toBe(`concluded after ${steps}`)
})

test('a queued training can be concluded before it starts', async () => {
  const { engine, journal } = start()
  const long = generate(engine, 'm', { text: 'x'.repeat(50) })
  const params = { task: 'sft' as const, model: 'm', rows: manyRows, config: trainConfig.parse({}), out: 'o', checkpoints }
  await Array.fromAsync(engine.train(params, { conclude: AbortSignal.abort() }))
  await long
  expect(journal.at(-1)).toBe('concluded after 1')
})

test('a resumed training reports its earlier steps again unchanged, even if they were never stored', async () => {
  const { engine } = startHolding(5)
  const params = { task: 'sft' as const, model: 'm', rows: manyRows, config: trainConfig.parse({}), out: 'o', checkpoints }
  const abort = new AbortController()
  const reading = (async () => {
    for await (const item of engine.train(params, { signal: abort.signal })) if (item.kind === 'step') abort.abort()
  })()
  await expect(reading).rejects.toMatchObject({ code: 'STOPPED' })
  writeFileSync(join(checkpoints, 'steps.jsonl'), '{"step":9999999,"met', { flag: 'a' }) // killed while writing

  const { engine: other } = start()
  const items = await Array.fromAsync(other.train(params))
  const started = items.find((item) => item.kind === 'started')!
  expect(started.resumedFrom).toBeGreaterThan(0)
  const steps = items.filter((item) => item.kind === 'step').map(({ step }) => step)
  expect(steps).toEqual(manyRows.map((_, i) => i + 1))
  expect(await other.usage()).toMatchObject({ promptTokens: 10 * (manyRows.length - started.resumedFrom) })
})

test('two models stay loaded; the least recently used makes room for a third', async () => {
  const { engine, journal } = start()
  for (const model of ['a', 'b', 'a', 'c', 'a']) await engine.load(model)
  expect(journal).toEqual(['load a float32', 'load b float32', 'dispose b', 'load c float32'])
})

const smallTraining = () => ({
  task: 'sft' as const,
  model: 'm',
  rows: [{ prompt: 'a', completion: 'b' }],
  config: trainConfig.parse({}),
  out: 'o',
  checkpoints,
})

test.each([
  ['CPU', []],
  ['NVIDIA H200', ['dispose a']],
])('before a training on %s, served models are freed if they may take needed memory', async (device, freed) => {
  const { engine, journal } = start(() => ({ ...fakeInfo, device }))
  await engine.load('a')
  await Array.fromAsync(engine.train(smallTraining()))
  expect(journal).toEqual(['load a float32', ...freed, 'train 1'])
})

test('a model that was just trained is served as it is: neither an older copy nor read back', async () => {
  const { engine, journal } = start()
  await engine.load('o')
  await Array.fromAsync(engine.train(smallTraining()))
  await engine.load('o')
  expect(journal).toEqual(['load o float32', 'dispose o', 'train 1'])
})

test('a model that was trained in another precision than models are served in is read back', async () => {
  const { engine, journal } = start()
  const training = smallTraining()
  await Array.fromAsync(engine.train({ ...training, config: { ...training.config, precision: 'bfloat16' } }))
  await engine.load('o')
  expect(journal).toEqual(['train 1', 'load o float32'])
})

test('an internal error keeps its message', async () => {
  const { engine } = start()
  await expect(engine.load('missing')).rejects.toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('ENOENT: missing') })
})

test('a backend that does not start fails only the requests that need it', async () => {
  const { engine } = start(() => {
    throw new LaurelError('RUNTIME_MISSING', 'no library', 'Install it.')
  })
  await expect(engine.info()).rejects.toMatchObject({ code: 'RUNTIME_MISSING' })
  await expect(generate(engine, 'm', { text: 'a' })).rejects.toMatchObject({ code: 'RUNTIME_MISSING', remedy: 'Install it.' })
  expect(await engine.tokenize({ model: 'm', texts: ['a'], special: false })).toEqual([[67]])
})

test('an invalid message is answered with an error instead of being ignored', async () => {
  const { own } = start()
  const answers: unknown[] = []
  const answered = new Promise<void>((resolve) =>
    own.onMessage((message) => {
      answers.push(message)
      resolve()
    }),
  )
  await own.send({ id: 5, method: 'dance', params: {} })
  await answered
  expect(answers[0]).toMatchObject({ id: 5, kind: 'failed', error: { code: 'INTERNAL' } })
})

test('shutdown stops work in flight, then allows the process to exit', async () => {
  const { engine, shutdowns } = start()
  const long = generate(engine, 'm', { text: 'x'.repeat(150) })
  const waiting = engine.load('m')
  const failures = Promise.allSettled([long, waiting])
  await new Promise(setImmediate)
  await engine.close()
  expect(shutdowns()).toBe(1)
  expect((await failures).map((result) => result.status === 'rejected' && result.reason.code)).toEqual(['STOPPED', 'STOPPED'])
})
