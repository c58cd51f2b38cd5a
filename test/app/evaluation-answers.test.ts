import { afterEach, beforeEach, expect, it } from 'vitest'
import { evaluationAnswers } from '../../main/app/evaluations/evaluation-answers.ts'
import { promptPageOf } from '../../main/app/prompts/prompt-page.ts'
import { searchTexts } from '../../main/app/prompts/search-texts.ts'
import type { Store } from '../../main/store/store.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

let remove: () => void
let store: Store
let id: number

beforeEach(() => {
  const tiny = tinyHome()
  remove = tiny.remove
  store = openTinyStore(tiny.home)
  id = store.evaluations.add({
    kind: 'head-to-head',
    title: 'M2 v M1',
    model: 'M2 of a',
    against: 'M1 of a',
    judge: 'M1 of a',
    settings: {},
  })
  const owner = { evaluationId: id }
  const { evaluationUnits: units } = store
  for (const position of [0, 1, 2]) {
    for (const [name, text] of [
      ['own', `own answer ${position}`],
      ['other', `other answer ${position}`],
    ]) {
      const value = { instruction: `question ${position}`, text, tokens: 3, finishReason: 'stop' }
      units.add(owner, ['answers', name, 'head-to-head'], { position, sample: 0, value })
    }
    for (const sample of [0, 1])
      units.add(owner, ['verdicts', 'own', 'other', 'judge'], { position, sample, value: { text: 'it is better', verdict: 'A' } })
  }
  units.add(owner, ['judgements', 'own', 'head-to-head', 'judge'], { position: 1, sample: 0, value: { text: 'Score: 4', score: 4 } })
})
afterEach(() => {
  store.close()
  remove()
})

it('an evaluation’s answers come with the names of its models, and with what the judge made of them in both orders', () => {
  const { total, rows } = evaluationAnswers(store, id, 1, 1)
  expect(total).toBe(3)
  const verdict = { model: 'M2 of a', against: 'M1 of a', judge: 'M1 of a', verdict: 'A', text: 'it is better' }
  expect(rows).toEqual([
    {
      ...{ position: 1, instruction: 'question 1' },
      answers: [
        { model: 'M2 of a', text: 'own answer 1', tokens: 3, opinions: [{ judge: 'M1 of a', score: 4, text: 'Score: 4' }] },
        { model: 'M1 of a', text: 'other answer 1', tokens: 3, opinions: [] },
      ],
      verdicts: [
        { ...verdict, swapped: false },
        { ...verdict, swapped: true },
      ],
    },
  ])
  expect(evaluationAnswers(store, id, 3, 5).rows).toEqual([])
})

it('they are found by search, and on their prompt’s page, under the models’ names', () => {
  const [found] = searchTexts(store, { text: '"other answer 2"', runId: null, offset: 0, limit: 5 }).rows
  expect(found).toMatchObject({ kind: 'answer', model: 'M1 of a', run: null, prompt: 'question 2' })
  const page = promptPageOf(store, found.address)
  expect(page.answers.map(({ model, text }) => [model, text])).toEqual(
    expect.arrayContaining([
      ['M2 of a', 'own answer 2'],
      ['M1 of a', 'other answer 2'],
    ]),
  )
  expect(page.verdicts).toHaveLength(2)
  expect(promptPageOf(store, `evaluation:${id}:2`)).toEqual(page)
  expect(() => promptPageOf(store, `evaluation:${id}:3`)).toThrow('no longer stored')
})
