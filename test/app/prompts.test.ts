import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { promptPageOf } from '../../main/app/prompts/prompt-page.ts'
import { searchTexts } from '../../main/app/prompts/search-texts.ts'
import { removeRun } from '../../main/app/runs/remove-run.ts'
import type { Store } from '../../main/store/store.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
let runId: string

beforeEach(async () => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
  runId = createTinyRun(store, home)
  await workWithStandIn(store, home, runId)
})
afterEach(() => {
  store.close()
  remove()
})

const search = (text: string, run: string | null = null) => searchTexts(store, { text, runId: run, offset: 0, limit: 50 })
const firstCandidate = () => store.candidates.ofIteration(runId, 1)[0]

describe('search over all texts', () => {
  it('finds a candidate by its words in any order, its prompt, and a model’s answer', () => {
    const { text, instruction, promptId } = firstCandidate()
    const words = text.split(' ').toReversed().join(' ')
    expect(search(words).rows).toContainEqual(
      expect.objectContaining({ kind: 'candidate', model: 'M1', iteration: 1, response: text, address: `prompt:${promptId}` }),
    )
    expect(search(`"${instruction}"`).rows.map(({ kind }) => kind)).toContain('prompt')
    const [answer] = store.answers.between(runId, 'M2', 'head-to-head', 0, 1)
    expect(search(answer.text).rows).toContainEqual(expect.objectContaining({ kind: 'answer', model: 'M2', response: answer.text }))
  })

  it('takes anything that a user may type for words, never for syntax', () => {
    for (const text of ['"', '*', 'a AND', 'prompt:', '(', 'NEAR(a b)', "';--", '-x', '\u0000', '^a'])
      expect(() => search(text)).not.toThrow()
    expect(search('').rows).toEqual([])
    expect(search('zebrafish').total).toBe(0)
  })

  it('finds the beginning of a word only if asked for it', () => {
    const [word] = firstCandidate()
      .text.split(' ')
      .filter(({ length }) => length > 4)
    expect(search(word.slice(0, 4)).rows.every(({ response, prompt }) => !`${response}${prompt}`.includes(word))).toBe(true)
    expect(search(`${word.slice(0, 4)}*`).total).toBeGreaterThan(0)
  })

  it('finds only texts of the chosen run, and none of a removed one', async () => {
    const other = createTinyRun(store, home, { seed: 8 })
    const { text } = firstCandidate()
    expect(search(text, runId).total).toBeGreaterThan(0)
    expect(search(text, other).total).toBe(0)
    await removeRun(store, home, store.runs.resolve(runId))
    expect(search(text).total).toBe(0)
  })
})

describe('a prompt’s page', () => {
  it('shows every answer to it with its judgements, and the decisions of users', () => {
    const { promptId, instruction } = firstCandidate()
    const [pair] = store.pairs.ofPrompt(promptId)
    if (pair !== undefined) store.reviews.add({ pairId: pair.id, decision: 'swap', reviewer: 'Ada', blind: true })
    const page = promptPageOf(store, `prompt:${promptId}`)
    expect(page).toMatchObject({ text: instruction, isCut: false })
    expect(page.origins).toContainEqual(expect.objectContaining({ promptId, iteration: 1, reason: null }))
    const own = page.answers.filter(({ source, iteration }) => source === 'candidate' && iteration === 1)
    expect(own).toHaveLength(3)
    expect(own.every(({ opinions }) => opinions.length === 3)).toBe(true)
    expect(page.decisions).toEqual(pair === undefined ? [] : [expect.objectContaining({ decision: 'swap', reviewer: 'Ada', blind: true })])
  })

  it('shows what all models answered in evaluations, and the judge’s verdicts in both orders', () => {
    const page = promptPageOf(store, `sample:${runId}:head-to-head:1`)
    const [answer] = store.answers.between(runId, 'M3', 'head-to-head', 1, 2)
    expect(page.text).toBe(answer.instruction)
    expect(page.answers.map(({ model }) => model)).toEqual(expect.arrayContaining(['M1', 'M2', 'M3']))
    const m3 = page.verdicts.filter(({ model, against }) => model === 'M3' && against === 'M2')
    expect(m3.map(({ swapped }) => swapped).toSorted()).toEqual([false, true])
  })

  it('shows the arena’s answers and votes', () => {
    const texts = { prompt: 'Name a river', source: 'typed', textA: 'The Nile', textB: 'The Oder' }
    const id = store.arena.add({ ...texts, modelA: 'a', modelB: 'b', labelA: 'M1 of x', labelB: 'M2 of x' })
    store.arena.vote(id, 'B', 1, { reasons: ['length', 'correctness'], comment: 'It is shorter.' })
    const page = promptPageOf(store, `round:${id}`)
    expect(page.answers.map(({ model, text }) => [model, text])).toEqual([
      ['M1 of x', 'The Nile'],
      ['M2 of x', 'The Oder'],
    ])
    const why = { reasons: ['correctness', 'length'], comment: 'It is shorter.' }
    expect(page.votes).toEqual([expect.objectContaining({ a: 'M1 of x', b: 'M2 of x', vote: 'B', ...why })])
  })

  it('that is no longer stored is reported as such', () => {
    for (const address of ['prompt:999999', 'unit:999999', 'sample:nothing', 'x', `sample:${runId}:head-to-head:99`])
      expect(() => promptPageOf(store, address)).toThrowError(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})
