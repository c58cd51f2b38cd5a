import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chatPreferences } from '../../main/app/chats/chat-preferences.ts'
import { dataSets } from '../../main/app/datasets/data-sets.ts'
import { dataReader } from '../../main/app/datasets/reader.ts'
import { uploads } from '../../main/app/datasets/uploads.ts'
import { engineUseOf } from '../../main/app/engines/engine-use.ts'
import { trainRow } from '../../main/cli/train-rows.ts'
import { readJsonLines } from '../../main/common/jsonl.ts'
import { importFile } from '../../main/data/import-file.ts'
import { orderedAnswers } from '../../main/data/imported.ts'
import { type ChatContent, chatContent, chatPreferencesId, type PreferredAnswer } from '../../main/shared/contract/chats-contract.ts'
import type { Store } from '../../main/store/store.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

const answer = (content: string) => ({
  ...{ role: 'assistant', content, state: 'done', seed: 1, tokens: 2, seconds: 0.5, finishReason: 'stop' },
  ...{ continuesWith: null, preference: null },
})
const content = (question: string, ...models: string[]): ChatContent =>
  chatContent.parse({
    system: '',
    sampling: { temperature: 0.7, topP: 0.9, maxTokens: 20, seed: 1 },
    columns: models.map((name) => ({
      ...{ id: `r/${name}`, name, label: `${name} of demo`, hasChatTemplate: true },
      turns: [{ role: 'user', content: question }, answer(`${name} says`)],
    })),
  })

describe('what a chat asks of servers', () => {
  const use = {
    engine: 'big',
    model: 'big-model',
    requests: 1,
    retries: 0,
    promptTokens: 30,
    newTokens: 12,
    sentBytes: 0,
    receivedBytes: 0,
  }

  test('is summed for each model, with its cost', () => {
    const id = store.chats.add(content('Why?', 'M1'))
    const other = store.chats.add(content('What?', 'M1'))
    store.engineUsage.add({ chatId: id }, { ...use, cost: 0.5, currency: 'EUR' })
    store.engineUsage.add({ chatId: id }, { ...use, cost: 0.25, currency: 'EUR' })
    store.engineUsage.add({ chatId: id }, { ...use, model: 'another', cost: null, currency: null })
    expect(engineUseOf(store, { chatId: id })).toMatchObject([
      { model: 'another', requests: 1, cost: null },
      { model: 'big-model', requests: 2, prompt_tokens: 60, new_tokens: 24, cost: 0.75, currency: 'EUR' },
    ])
    expect(engineUseOf(store, { chatId: other })).toEqual([])
  })

  test('is forgotten with the chat, and an answer that ends after that adds nothing', () => {
    const id = store.chats.add(content('Why?', 'M1'))
    store.engineUsage.add({ chatId: id }, { ...use, cost: null, currency: null })
    store.chats.remove(id)
    store.engineUsage.add({ chatId: id }, { ...use, cost: null, currency: null })
    expect(engineUseOf(store, { chatId: id })).toEqual([])
  })
})

describe('a chat', () => {
  test('is stored whole, and listed by its first message until it has a name', () => {
    const id = store.chats.add(content('Why is\nthe sky blue?', 'M1', 'M2'))
    expect(store.chats.list()).toMatchObject([{ id, name: '', title: 'Why is the sky blue?', models: ['M1 of demo', 'M2 of demo'] }])
    store.chats.rename(id, 'Sky')
    const longer = content('Why is the sky blue?', 'M1')
    store.chats.change(id, longer)
    expect(store.chats.find(id)).toMatchObject({ name: 'Sky', models: ['M1 of demo'], content: longer })
  })

  test('that was continued last is listed first', () => {
    const [first, second] = ['one', 'two'].map((text) => store.chats.add(content(text, 'M1')))
    expect(store.chats.list().map(({ id }) => id)).toEqual([second, first])
    store.chats.remove(second)
    expect(store.chats.list().map(({ id }) => id)).toEqual([first])
    for (const act of [
      () => store.chats.find(second),
      () => store.chats.change(second, content('x', 'M1')),
      () => store.chats.rename(second, 'x'),
    ])
      expect(act).toThrowError(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})

const pair = (changes: Partial<PreferredAnswer> = {}): PreferredAnswer => ({
  ...{ prompt: [{ role: 'user', content: 'Why?' }], chosen: 'Because.', rejected: 'No.' },
  ...{ chosenModel: 'M2 of demo', rejectedModel: 'M1 of demo', ...changes },
})
const rowsOf = (path: string) => readJsonLines(path).map(({ value }) => value)
const library = () => dataSets({ home, store, reader: dataReader(), uploads: uploads(home) })
const found = async () => (await library().list()).find(({ id }) => id === chatPreferencesId)

describe('a preferred answer', () => {
  test('becomes a pair in a data set, which DPO and judges can use', async () => {
    const preferences = chatPreferences(home)
    preferences.add(pair())
    const turns = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'And then?' },
    ]
    preferences.add(pair({ prompt: turns }))
    const set = (await found())!
    expect(set).toMatchObject({ origin: 'imported', kind: 'preferences', uses: ['ranked', 'prompts'], counts: { preferences: 2 } })
    expect(rowsOf(set.path).map((row) => trainRow.dpo.parse(row))).toMatchObject([
      { prompt: 'Why?', chosen: 'Because.', rejected: 'No.' },
      { prompt: turns },
    ])
    const imported = await importFile(set.path)
    expect([imported.preferences.length, imported.rejected]).toEqual([2, []])
    expect(orderedAnswers(imported)).toMatchObject([
      {
        prompt: 'Why?',
        answers: [
          { text: 'Because.', rank: 0 },
          { text: 'No.', rank: 1 },
        ],
      }, // a judge is shown one message
    ])
    expect((await library().rows({ id: set.id, offset: 0, limit: 9, search: '' })).total).toBe(2)
  })

  test('can be withdrawn, and the data set goes with its last one', async () => {
    const preferences = chatPreferences(home)
    const [first, second] = [preferences.add(pair()), preferences.add(pair({ chosen: 'Yes.' }))]
    preferences.remove(first)
    preferences.remove(first)
    expect(rowsOf((await found())!.path)).toMatchObject([{ id: second, chosen: 'Yes.' }])
    preferences.remove(second)
    expect(await found()).toBeUndefined()
    expect(existsSync(join(home, 'data', chatPreferencesId))).toBe(false)
  })

  test('isn’t stored if both answers are the same, or in a data set of the user’s that has the name', async () => {
    const preferences = chatPreferences(home)
    expect(() => preferences.add(pair({ chosen: 'No.' }))).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
    const choice = { format: null, split: null, encoding: null, mapping: null }
    await library().import({ source: { path: join(home, 'ift.jsonl') }, ...choice, name: 'Preferences from chats' })
    expect(() => preferences.add(pair())).toThrowError(expect.objectContaining({ code: 'BAD_INPUT' }))
  })
})
