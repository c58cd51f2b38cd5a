import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { reviewItemOf } from '../../main/app/review/review-queue.ts'
import { judgeRows } from '../../main/loop/judges/judge-rows.ts'
import type { Judged, JudgingRow } from '../../main/loop/judges/judge-work.ts'
import { partsOf } from '../../main/shared/judged-parts.ts'
import { judgeRecipe } from '../../main/shared/recipe.ts'
import { type Requirement, requirement } from '../../main/shared/requirement.ts'
import type { Store } from '../../main/store/store.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

/** Judges rows with an engine that must not be asked. */
async function judge(settings: object, rows: readonly JudgingRow[]): Promise<Judged[]> {
  const refuse = (): never => {
    throw new Error('a program asks no model')
  }
  const engine = { ...standInEngine(), load: refuse, generate: refuse, score: refuse }
  const { judged, leftOut } = await judgeRows({
    stage: { engine, recipe: { batch: 4, chunk: 2, random: 'philox' }, signal: new AbortController().signal },
    ...{ judge: judgeRecipe.parse(settings), model: '', rows, seed: () => 0 },
  })
  expect(leftOut).toEqual([])
  return judged.map(([own]) => own)
}

const answersTo = (instruction: string, ...responses: string[]): JudgingRow[] => responses.map((response) => ({ instruction, response }))

describe('the verifier', () => {
  const checklist: Requirement[] = [
    { text: 'Be short.', weight: 3, check: { id: 'laurel:words', args: { max: 2 } } },
    { text: 'No commas.', check: { id: 'punctuation:no_comma' } },
    'Sound kind.',
  ].map((value) => requirement.parse(typeof value === 'string' ? { text: value } : value))
  const verify = (response: string, requirements: readonly Requirement[] = checklist) =>
    judge({ method: 'verifier' }, [{ instruction: 'Greet.', response, requirements }])

  it('gives the weighted share of checkable requirements that are met, times their number', async () => {
    const rewards = await Promise.all(['Hello', 'Hello, Ann', 'Hello my dear', 'Hello, my dear', ' '].map((text) => verify(text)))
    expect(rewards.flat().map(({ score }) => score)).toEqual([2, (2 * 3) / 4, 2 / 4, 0, 0])
  })

  it('has a part per checkable requirement, as a checklist has', async () => {
    const [{ text, detail }] = await verify('Hello, Ann')
    expect(text).toBe('met: Be short.\nnot met: No commas.')
    expect(partsOf(detail)).toEqual([
      { text: 'Be short.', weight: 3, yes: 1 },
      { text: 'No commas.', weight: 1, yes: 0 },
    ])
  })

  it('can’t score a response to a prompt without a check', async () => {
    for (const requirements of [[], [checklist[2]]])
      expect(await verify('Hello', requirements)).toEqual([
        { text: 'The prompt has no requirement that a program can check.', score: null },
      ])
  })
})

describe('the majority', () => {
  const scores = async (rows: readonly JudgingRow[], majority: object = {}) =>
    (await judge({ method: 'majority', majority }, rows)).map(({ score }) => score)

  it('is the share of the prompt’s candidates with the same final answer', async () => {
    const rows = answersTo('6 * 7', '6 * 7 = 42', 'I get 41.', '42.0', 'Answer: 42, from 6 and 7')
    expect(await scores(rows)).toEqual([0.75, 0.25, 0.75, 0.75])
  })

  it('compares only candidates of one prompt, in whatever order they come', async () => {
    const [a, b, c, d] = [...answersTo('one', '1', '1'), ...answersTo('two', '1', '2')]
    expect(await scores([a, c, b, d])).toEqual([1, 0.5, 1, 0.5])
  })

  it('finds the answer where the recipe says, and has no score without one', async () => {
    const rows = answersTo('q', 'yes 1 #### Paris', 'PARIS.', 'no 1', '#### paris')
    expect(await scores(rows)).toEqual([0.75, 0.75, 0.25, 0.75])
    expect(await scores(rows, { answer: 'number' })).toEqual([0.5, null, 0.5, null])
    expect(await scores(rows, { answer: 'marker' })).toEqual([0.5, null, null, 0.5])
    expect(await scores(rows, { answer: 'marker', markers: ['no', 'yes'] })).toEqual([0.5, null, 0.5, null])
    expect(await scores(rows, { answer: 'text' })).toEqual([0.25, 0.25, 0.25, 0.25])
  })

  it('reads an answer up to the end of its line', async () => {
    expect(await scores(answersTo('q', 'Answer:\n\n7 apples\nor 8', 'answer: 7', 'Answer: 8'))).toEqual([2 / 3, 2 / 3, 1 / 3])
  })
})

describe('the length', () => {
  it('is the number of words or of characters', async () => {
    const rows = answersTo('q', "I don't – know 🙂", '')
    expect((await judge({ method: 'length' }, rows)).map(({ score }) => score)).toEqual([3, 0])
    expect((await judge({ method: 'length', length: { unit: 'characters' } }, rows)).map(({ score }) => score)).toEqual([16, 0])
  })
})

describe('a run with the verifier', () => {
  let place: { home: string; remove: () => void }
  let store: Store
  beforeEach(() => {
    place = tinyHome()
    store = openTinyStore(place.home)
  })
  afterEach(() => {
    store.close()
    place.remove()
  })

  /** Runs one iteration on six prompts with these requirements. */
  async function runOn(requirementsOf: (prompt: number) => readonly object[]): Promise<string> {
    const file = join(place.home, 'prompts.jsonl')
    const rows = Array.from({ length: 6 }, (_, i) => ({ prompt: `Tell the story number ${i}`, requirements: requirementsOf(i) }))
    writeFileSync(file, rows.map((one) => JSON.stringify(one)).join('\n'))
    const runId = createTinyRun(store, place.home, {
      ...{ iterations: 1, judge: { method: 'verifier' }, prompts: { method: 'file', file, count: 6, filters: { max_rouge_l: 1 } } },
    })
    expect(await workWithStandIn(store, place.home, runId)).toBe('finished')
    return runId
  }

  const upTo = (max: number) => ({ check: { id: 'laurel:words', args: { max } } }) // answers have 3 to 8 words

  it('scores its candidates by programs, pairs them, and shows the parts in Review', async () => {
    const runId = await runOn(() => [4, 5, 6].map(upTo))
    const rewards = new Map(store.judgements.ofCandidates(runId, 1).map(({ subjectId, score }) => [subjectId, score]))
    const expected = ({ text }: { text: string }): number => [4, 5, 6].filter((max) => text.split(' ').length <= max).length
    const candidates = store.candidates.ofIteration(runId, 1)
    expect(candidates.map(({ id }) => rewards.get(id))).toEqual(candidates.map(expected))
    const pairs = store.pairs.ofIteration(runId, 1)
    expect(pairs.length).toBeGreaterThan(0)
    const { candidates: shown } = reviewItemOf(store, pairs[0].promptId)
    expect(shown.map(({ judgements }) => judgements[0].parts?.length)).toEqual([3, 3, 3])
  })

  it('warns of prompts without a check', async () => {
    const runId = await runOn((prompt) => (prompt < 3 ? [4, 5, 6].map(upTo) : [{ text: 'Sound kind.' }]))
    const text = '50% of the answers have no reward: no program can check a requirement of their prompts.'
    expect(store.events.ofKind(runId, 'warning').map(({ event }) => event)).toContainEqual(expect.objectContaining({ text }))
  })
})
