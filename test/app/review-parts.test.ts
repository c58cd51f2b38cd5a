import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { distributionsOf, reviewedOf } from '../../main/app/charts/distributions.ts'
import { type ReviewsApi, reviewsApi } from '../../main/app/review/reviews.ts'
import type { Stage } from '../../main/loop/run-context.ts'
import { makePairs } from '../../main/loop/stages/make-pairs.ts'
import { queueFilter } from '../../main/shared/contract/review-contract.ts'
import { rewardOfParts } from '../../main/shared/judged-parts.ts'
import { type RecipeInput, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { openStore, type Store } from '../../main/store/store.ts'

let folder: string
let store: Store
let reviews: ReviewsApi
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  store = openStore(join(folder, 'laurel.db'))
  reviews = reviewsApi(store)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A run with one prompt, and candidates with these judgements. */
function runWith(judge: RecipeInput['judge'], judgements: readonly { score: number; detail?: unknown }[]): string {
  const recipe = recipeSchema.parse({ name: 'x', base_model: '/models/none', judge })
  const runId = store.runs.create({ name: 'x', recipe })
  store.prompts.add(runId, {
    ...{ iteration: 1, round: 0, place: 0, text: 'Name a river.', position: 0, reason: null, similarity: null, similarTo: null },
    ...{ demonstrations: [], requirements: [] },
  })
  const [{ id: promptId }] = store.prompts.accepted(runId, 1)
  for (const [sample, judged] of judgements.entries()) {
    store.candidates.add({ promptId, sample, text: `answer ${sample}`, tokens: 1, finishReason: 'stop', seed: 0 })
    const { id: candidateId } = store.candidates.ofIteration(runId, 1)[sample]
    store.judgements.add({ candidateId }, { judge: 'M1', sample: 0, text: '', ...judged })
  }
  makePairs({ store, recipe, runId, iteration: 1 } as Stage)
  store.stages.begin(runId, 1, 'pairs')
  store.stages.finish(runId, 1, 'pairs', {})
  store.runs.setPlace(runId, 1, 'review')
  return runId
}

const itemOf = (runId: string) =>
  reviews.item(store.prompts.accepted(runId, 1).find(({ id }) => store.prompts.find(id)?.runId === runId)!.id)

describe('a judgement by a checklist', () => {
  const parts = (...yes: number[]) => yes.map((value, i) => ({ text: `Requirement ${i}`, weight: i + 1, yes: value }))
  const judged = (...yes: number[]) => ({ score: rewardOfParts(parts(...yes))!, detail: { parts: parts(...yes) } })
  let runId: string
  beforeEach(() => {
    runId = runWith({ method: 'checklist' }, [judged(0.9, 0.9), judged(0.2, 0.4)])
  })

  it('shows its parts in Review', () => {
    const { candidates, rewardRange } = itemOf(runId)
    expect(candidates.map(({ judgements }) => judgements[0].parts?.map(({ yes }) => yes))).toEqual([
      [0.9, 0.9],
      [0.2, 0.4],
    ])
    expect(rewardRange).toBeNull() // it differs by prompt
  })

  it('can be overridden part by part: the reward follows, and the pair from it', () => {
    const { promptId, candidates, pair } = itemOf(runId)
    const [first, second] = candidates
    expect(pair).toMatchObject({ chosenId: first.id, reversed: false })
    const item = reviews.scores(promptId, [
      { candidateId: first.id, reward: null, parts: [null, false] },
      { candidateId: second.id, reward: null, parts: [true, null] },
    ])
    // 2 (1 * 0.9 + 2 * 0) / 3 and 2 (1 * 1 + 2 * 0.4) / 3
    expect(item.candidates.map(({ reward }) => reward)).toEqual([expect.closeTo(0.6, 12), expect.closeTo(1.2, 12)])
    expect(item.candidates.map((candidate) => candidate.parts)).toEqual([
      [null, false],
      [true, null],
    ])
    expect(item).toMatchObject({ pair: { reversed: true }, because: 'rescore' })
  })

  it('is restored by undo, decisions included, and by redo', () => {
    const { promptId, candidates } = itemOf(runId)
    const set = (met: boolean | null) => reviews.scores(promptId, [{ candidateId: candidates[0].id, reward: null, parts: [met, false] }])
    set(true)
    set(false)
    reviews.undoLast(runId)
    expect(itemOf(runId).candidates[0]).toMatchObject({ parts: [true, false], reward: expect.closeTo(2 / 3, 12) })
    reviews.undoLast(runId)
    expect(itemOf(runId).candidates[0]).toMatchObject({ parts: null, reward: null })
    reviews.redoLast(runId)
    expect(itemOf(runId).candidates[0]).toMatchObject({ parts: [true, false] })
  })

  it('counts again as judged once no part is decided, and a score as a whole replaces the parts', () => {
    const { promptId, candidates } = itemOf(runId)
    const set = (reward: number | null, parts: (boolean | null)[] | null) =>
      reviews.scores(promptId, [{ candidateId: candidates[0].id, reward, parts }]).candidates[0]
    expect(set(null, [false, false])).toMatchObject({ reward: 0 })
    expect(set(null, [null, null])).toMatchObject({ reward: null, parts: null })
    set(null, [true, true])
    expect(set(0.25, null)).toMatchObject({ reward: 0.25, parts: null })
  })

  it('rejects decisions on other parts', () => {
    const { promptId, candidates } = itemOf(runId)
    const rewards = [{ candidateId: candidates[0].id, reward: null, parts: [true] }]
    expect(() => reviews.scores(promptId, rewards)).toThrow(/not the ones that were judged/)
  })
})

describe('a judge with a range', () => {
  it('accepts no score by hand beyond it', () => {
    const item = itemOf(runWith({ method: 'yes' }, [{ score: 0.9 }, { score: 0.1 }]))
    expect(item.rewardRange).toEqual([0, 1])
    expect(() => reviews.rescore(item.candidates[0].id, 1.5)).toThrow('A score must be a number from 0 to 1.')
    expect(reviews.rescore(item.candidates[1].id, 1).candidates[1].reward).toBe(1)
  })
})

describe('a judge without a range', () => {
  it('accepts any number by hand, and its doubt and chart are on the scale of its rewards', () => {
    const runId = runWith({ method: 'contrast' }, [{ score: 1.5 }, { score: -2.5 }])
    const item = itemOf(runId)
    expect(item.rewardRange).toBeNull()
    // a tenth of the span of 4 is the least error: Phi(-4 / 0.4) is next to nothing
    expect(item.pair!.doubt).toBeLessThan(1e-6)
    expect(reviews.queue(runId, queueFilter.parse({ minScore: -3, maxScore: -2 }))).toHaveLength(1)
    expect(reviews.rescore(item.candidates[0].id, -7).candidates[0].reward).toBe(-7)
    const [{ bins }] = distributionsOf(store, reviewedOf(store))(store.runs.resolve(runId))
    expect([bins[0].from, bins.at(-1)!.to]).toEqual([-2.5, 1.5])
    expect([bins[0].rejected, bins.at(-1)!.chosen]).toEqual([1, 1])
  })
})
