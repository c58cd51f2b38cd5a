import { afterEach, beforeEach, expect, test } from 'vitest'
import { addImported } from '../../main/app/evaluations/evaluations.ts'
import { modelStandings } from '../../main/app/evaluations/model-standings.ts'
import type { HeadToHeadSettings } from '../../main/shared/evaluation-settings.ts'
import { recipe } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

let store: Store
let remove: () => void
beforeEach(() => {
  const tiny = tinyHome()
  remove = tiny.remove
  store = openTinyStore(tiny.home)
})
afterEach(() => {
  store.close()
  remove()
})

const model = (name: string) => ({ id: name, label: name.toUpperCase(), path: `/models/${name}` })

/** A finished comparison with so many wins, ties, losses, and unreadable verdicts. */
function compared(names: string, [wins, ties, losses, unreadable = 0]: readonly number[], changes: Partial<HeadToHeadSettings> = {}): void {
  const [one, other] = names.split(' ')
  const { temperature, top_p, top_k, max_new_tokens, stop } = recipe.shape.evaluation.parse(undefined)
  const settings: HeadToHeadSettings = {
    ...{ kind: 'head-to-head', model: model(one), against: model(other), judge: model('judge'), count: 8, seed: 1, random: 'philox' },
    ...{ deciding: { method: 'pairwise', prompt: 'pairwise', maxNewTokens: 9 }, source: { from: 'file', path: '/prompts.jsonl' } },
    ...{ answering: { temperature, top_p, top_k, max_new_tokens, stop }, ...changes },
  }
  addImported(store, { settings, title: names, rows: [], result: { n: wins + ties + losses, wins, ties, losses, unreadable } })
}

test('a judge’s comparisons of several models give one order, and those of another judge another one', () => {
  compared('a b', [6, 1, 3])
  compared('b c', [5, 2, 3, 2])
  compared('a c', [1, 0, 9], { judge: model('other') })
  const [other, judge] = modelStandings(store)
  expect(judge).toMatchObject({ name: 'JUDGE, comparing answers in both orders', kind: 'judge', comparisons: 20, unreadable: 2 })
  expect(judge.models.map(({ label, wins, ties, losses }) => [label, wins, ties, losses])).toEqual([
    ['A', 6, 1, 3],
    ['B', 8, 3, 9],
    ['C', 3, 2, 5],
  ])
  expect(judge.models.map(({ strength }) => strength!.points)).toEqual(
    judge.models.map(({ strength }) => strength!.points).toSorted((a, b) => b - a),
  )
  expect(other.models.map(({ label }) => label)).toEqual(['C', 'A'])
})

test('a comparison measured again counts once, the newest; on other prompts it counts too', () => {
  compared('a b', [9, 0, 1])
  compared('b a', [2, 0, 8])
  expect(modelStandings(store)[0].comparisons).toBe(10)
  expect(modelStandings(store)[0].models.find(({ label }) => label === 'B')).toMatchObject({ wins: 2, losses: 8 })
  compared('a b', [5, 0, 5], { source: { from: 'file', path: '/others.jsonl' } })
  expect(modelStandings(store)[0].comparisons).toBe(20)
})

test('blind votes, votes with names shown, and judges stay apart', () => {
  const vote = (isOpen: boolean, choice: 'A' | 'B'): void => {
    const id = store.arena.add({ prompt: 'p', source: 'typed', modelA: 'a', modelB: 'b', labelA: 'A', labelB: 'B', textA: 'x', textB: 'y' })
    if (isOpen) store.arena.reveal(id)
    store.arena.vote(id, choice, 1)
  }
  vote(false, 'A')
  vote(false, 'B')
  vote(true, 'B')
  compared('a b', [3, 0, 1])
  expect(modelStandings(store).map(({ kind, comparisons }) => [kind, comparisons])).toEqual([
    ['users-blind', 2],
    ['users-open', 1],
    ['judge', 4],
  ])
  const open = modelStandings(store)[1].models
  expect(open.map(({ model, group, strength }) => [model, group, strength])).toEqual([
    ['b', 0, null],
    ['a', 1, null],
  ])
})

test('a judge that never gave a readable verdict is listed with what couldn’t be read', () => {
  compared('a b', [0, 0, 0, 8])
  expect(modelStandings(store)).toEqual([expect.objectContaining({ comparisons: 0, unreadable: 8, models: [] })])
})
