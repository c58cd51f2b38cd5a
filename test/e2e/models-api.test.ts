import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRouterClient, type RouterClient } from '@orpc/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Application, openApplication } from '../../main/app/application.ts'
import { exportModel } from '../../main/app/models/export.ts'
import { type AppRouter, appRouter } from '../../main/app/router.ts'
import { modelFingerprint } from '../../main/common/file-identity.ts'
import { demoCheckers } from '../../main/demo/demo-run.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { startLocalEngine } from '../../main/engine/hosts/local-process.ts'
import type { ExportEvent } from '../../main/shared/contract/models-contract.ts'
import type { ExportForm, ExportPrecision } from '../../main/shared/export-forms.ts'
import { type DemoHome, demoHome } from '../support/demo-home.ts'

/** The model library's API with a real engine. */
let demo: DemoHome
let application: Application
let client: RouterClient<AppRouter>
beforeAll(() => {
  demo = demoHome()
  const { home } = demo
  const startEngine: Parameters<typeof openApplication>[0]['startEngine'] = (wish) => startLocalEngine({ home, backend: 'wasm', ...wish })
  application = openApplication({ home, surface: 'browser', version: '0', checkersOf: demoCheckers, startEngine })
  client = createRouterClient(appRouter(application))
})
afterAll(async () => {
  await application?.close()
  demo?.remove()
})

const m3 = (): string => `${demo.runId}/M3`
const prompt = 'Pet: first t, last s, has oo, no i, 7 long'

async function exported(folder: string, form: ExportForm = 'hugging-face', precision: ExportPrecision = 'as-is'): Promise<ExportEvent[]> {
  const events: ExportEvent[] = []
  for await (const event of await client.models.export({ id: m3(), form, precision, folder })) events.push(event)
  return events
}

test('a run’s model is exported, the copy computes the same as the original, and the library can add it', async () => {
  const folder = join(demo.home, 'out', 'm3')
  const events = await exported(folder)
  expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['copying', 'checking', 'done']))
  const done = events.at(-1)
  if (done?.kind !== 'done') throw new Error("the export didn't finish")
  expect(done).toMatchObject({ folder, check: { largestDifference: 0 }, hasTemplate: true, stops: ['</s>'] })
  expect(done.check!.tokens).toBeGreaterThan(10)
  expect(readdirSync(folder).sort()).toEqual(done.files)
  const weights = join(demo.home, 'runs', demo.runId, 'models', 'M3', 'model.safetensors')
  expect(await modelFingerprint(join(folder, 'model.safetensors'))).toBe(await modelFingerprint(weights))

  const modelfile = readFileSync(join(folder, 'Modelfile'), 'utf8')
  expect(modelfile).toContain('FROM .\nTEMPLATE """')
  expect(modelfile).toContain('PARAMETER stop "</s>"')
  const card = readFileSync(join(folder, 'README.md'), 'utf8')
  expect(card).toContain('| M3 | M2 | M2 | 383 pairs of M2 |')
  expect(card).toContain('win rate against M2, judged by M1 | 61.0%')
  expect(card).not.toContain(demo.home) // no paths of this machine

  await client.models.addPlace({ path: folder })
  expect(await client.models.library()).toContainEqual(expect.objectContaining({ path: folder, source: 'added', problem: null }))
})

test('a run’s model is exported as GGUF, its precision stated, and the difference reported', async () => {
  const folder = join(demo.home, 'out', 'm3-gguf')
  const done = (await exported(folder, 'gguf', 'Q8_0')).at(-1)
  if (done?.kind !== 'done') throw new Error("the export didn't finish")
  expect(done).toMatchObject({ files: ['Modelfile', 'README.md', 'model.gguf'], hasTemplate: true, stops: ['</s>'] })
  expect(done.check!.meanDifference).toBeGreaterThan(0)
  expect(done.check!.meanDifference).toBeLessThan(done.check!.tolerance)
  expect(readFileSync(join(folder, 'Modelfile'), 'utf8')).toContain('FROM ./model.gguf\nTEMPLATE """')

  // and that file as a folder again, with its tokenizer and template
  await client.models.addPlace({ path: folder })
  const gguf = (await client.models.library()).find(({ path }) => path === join(folder, 'model.gguf'))!
  expect(gguf).toMatchObject({ format: 'gguf', precision: 'Q8_0', hasChatTemplate: true, problem: null })
  const back = join(demo.home, 'out', 'm3-back')
  const events: ExportEvent[] = []
  for await (const event of await client.models.export({ id: gguf.id, form: 'hugging-face', precision: 'F32', folder: back }))
    events.push(event)
  expect(events.at(-1)).toMatchObject({ kind: 'done', check: { largestDifference: 0 }, hasTemplate: true, stops: ['</s>'] })
})

test('a copy that computes something else is an error, and stays', async () => {
  let scored = 0
  const standIn = {
    load: async () => ({ hasTokenizer: true, hasChatTemplate: false, opening: '', stops: [] }),
    unload: async () => {},
    info: async () => ({ precision: 'float32' }),
    async *score() {
      scored++
      for (const row of [0, 1, 2]) yield { row, inputIds: [1, 2], tokenLogprobs: [scored === 1 ? -1 : -3] }
    },
  } as unknown as Engine
  const access = { use: <T>(work: (engine: Engine) => Promise<T>) => work(standIn) }
  const model = (await client.models.library()).find(({ id }) => id === m3())!
  const folder = join(demo.home, 'out', 'wrong')
  const wanted = { model, run: null, form: 'hugging-face', precision: 'as-is', folder, laurel: '0' } as const
  const all = async (): Promise<void> => {
    for await (const _ of exportModel(access, wanted));
  }
  await expect(all()).rejects.toMatchObject({
    code: 'NUMERIC',
    message: expect.stringContaining('differ by 2.0 on average'),
  })
  expect(existsSync(join(folder, 'model.safetensors'))).toBe(true)
})

test('a chat template’s text, tokens, and loss mask are those of training', async () => {
  const messages = [
    { role: 'user', content: prompt },
    { role: 'assistant', content: 'too' },
  ]
  const whole = await client.models.render({ id: m3(), messages, addGenerationPrompt: false })
  expect(whole).toMatchObject({ text: `<s>${prompt}\n>too</s>`, trainingNote: null })
  expect(whole.tokens.map(({ text }) => text).join('')).toBe(whole.text)
  expect(whole.tokens.flatMap(({ text, weight }) => (weight > 0 ? [text] : [])).join('')).toBe('too</s>')
  const open = await client.models.render({ id: m3(), messages: messages.slice(0, 1), addGenerationPrompt: true })
  expect(open.text).toBe(`<s>${prompt}\n>`)
  expect(open.tokens.every(({ weight }) => weight === 0)).toBe(true)
  expect(open.trainingNote).toMatch(/nothing to train on/)
})

test('an export replaces no files and leaves none if it fails', async () => {
  const taken = join(demo.home, 'taken')
  mkdirSync(taken)
  writeFileSync(join(taken, 'letter.txt'), 'mine')
  await expect(exported(taken)).rejects.toMatchObject({ data: { code: 'BAD_INPUT' } })
  expect(readdirSync(taken)).toEqual(['letter.txt'])
  const inFile = join(taken, 'letter.txt', 'model')
  await expect(exported(inFile)).rejects.toMatchObject({ data: { code: 'BAD_INPUT' } })
  expect(existsSync(inFile)).toBe(false)
})

test('an intact model is verified, and a misplaced tensor is reported', async () => {
  expect(await client.models.verify({ id: m3() })).toMatchObject({ parameters: 804_992, layers: 4, vocabulary: 104 })
  const bad = join(demo.home, 'models', 'bad')
  await exported(bad)
  const path = join(bad, 'model.safetensors')
  const bytes = readFileSync(path)
  writeFileSync(path, Buffer.from(bytes.toString('latin1').replace('q_proj', 'x_proj'), 'latin1'))
  const model = (await client.models.library()).find((found) => found.path === bad)!
  await expect(client.models.verify({ id: model.id })).rejects.toMatchObject({ data: { code: 'BAD_INPUT' } })
  rmSync(bad, { recursive: true })
})

test('a real model streams its reply, which the seed determines', async () => {
  const ask = async (seed: number) => {
    let [text, whole, pieces] = ['', '', 0]
    const columns = [{ id: m3(), messages: [{ role: 'user', content: prompt }] }]
    for await (const event of await client.models.chat({ columns, sampling: { temperature: 1, topP: 1, maxTokens: 40, seed } })) {
      if (event.kind === 'piece') {
        text = text.slice(0, event.at) + event.text
        pieces++
      }
      if (event.kind === 'done') whole = event.text
    }
    expect(text).toBe(whole)
    expect(pieces).toBeGreaterThan(1)
    return whole
  }
  const first = await ask(1)
  expect(first).not.toBe('')
  expect(await ask(1)).toBe(first)
})

test('models outside the library are refused', async () => {
  await expect(client.models.verify({ id: '/etc' })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
  await expect(client.models.export({ id: '../..', form: 'gguf', precision: 'F16', folder: '/x' })).rejects.toMatchObject({
    data: { code: 'NOT_FOUND' },
  })
})

test('a running evaluation is paused between two answers of a real engine and keeps those it has', async () => {
  const { id } = await client.evaluate.start({ kind: 'accuracy', model: m3(), seed: 1 })
  const now = async () => (await client.evaluate.list())[0]
  while ((await now()).done === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  await client.evaluate.pause({ id })
  const { status, done, total, result } = await now()
  expect({ status, total, result }).toEqual({ status: 'paused', total: 1200, result: null })
  expect(done).toBeGreaterThan(0)
  expect(done).toBeLessThan(total)
})
