import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { UserAgreementSettings } from '../../main/shared/evaluation-settings.ts'
import type { Store } from '../../main/store/store.ts'
import { type EvaluationJobs, evaluationJobsOn, settled } from '../support/evaluation-jobs.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
let jobs: EvaluationJobs
/** Prefers the answer that contains "good"; says nothing readable about one that contains "odd". */
const verdict = (prompt: string): string => {
  const [, a, b] = /<answer_a>\s*([\s\S]*?)\s*<\/answer_a>[\s\S]*<answer_b>\s*([\s\S]*?)\s*<\/answer_b>/.exec(prompt) ?? ['', '', '']
  if ((a + b).includes('odd')) return 'Hard to say.'
  return a.includes('good') === b.includes('good') ? '[[C]]' : a.includes('good') ? '[[A]]' : '[[B]]'
}
beforeEach(() => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
  jobs = evaluationJobsOn(store, { startEngine: async () => standInEngine({ verdict }) })
})
afterEach(async () => {
  await jobs.close()
  store.close()
  remove()
})

function vote(textA: string, textB: string, choice: 'A' | 'B' | 'tie' | 'both-bad' | 'skip', isOpen = false): void {
  const id = store.arena.add({ prompt: 'Say it.', source: 'typed', modelA: 'a', modelB: 'b', labelA: 'A', labelB: 'B', textA, textB })
  if (isOpen) store.arena.reveal(id)
  store.arena.vote(id, choice, 1)
}

const settings = (votes: UserAgreementSettings['votes']): UserAgreementSettings => ({
  ...{ kind: 'user-agreement', model: { id: 'base', label: 'base', path: join(home, 'base') }, votes, seed: 1, random: 'philox' },
  deciding: { method: 'pairwise', prompt: 'pairwise', maxNewTokens: 20 },
})

test('a judge’s verdicts are compared with blind votes, next to a constant judge and length', async () => {
  vote('good', 'a long bad one', 'A')
  vote('a long bad one', 'good', 'B')
  vote('good', 'bad', 'B')
  vote('bad', 'bad', 'both-bad')
  vote('odd', 'good', 'A')
  vote('good', 'bad', 'skip')
  vote('good', 'bad', 'A', true)
  jobs.start(settings('blind'), 'base')
  const [{ status, result, judge, kind }] = await settled(jobs)
  expect({ status, judge, kind }).toEqual({ status: 'finished', judge: 'base', kind: 'user-agreement' })
  expect(result).toMatchObject({
    n: 4,
    accuracy: 0.75,
    constant_accuracy: 0.5,
    length_accuracy: 0.25,
    ties: 1,
    judged_ties: 1,
    unreadable: 1,
  })
})

test('with all votes, those cast with names shown count too', async () => {
  vote('good', 'bad', 'A')
  vote('good', 'bad', 'A', true)
  jobs.start(settings('all'), 'base')
  expect((await settled(jobs))[0].result).toMatchObject({ n: 2, accuracy: 1 })
})

test('without votes it fails, and says what to do', async () => {
  vote('good', 'bad', 'A', true)
  jobs.start(settings('blind'), 'base')
  expect((await settled(jobs))[0].error).toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/no blind votes/) })
})
