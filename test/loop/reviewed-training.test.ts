import { describe, expect, it } from 'vitest'
import { reviewsApi } from '../../main/app/review/reviews.ts'
import { workOn } from '../../main/loop/session.ts'
import type { DpoRow, TrainParams } from '../../main/shared/engine-protocol.ts'
import type { Store } from '../../main/store/store.ts'
import type { PairRow } from '../../main/store/tables/pairs-table.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { createTinyRun } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

/** The engine is given exactly the user's decisions to train on. */

let home: string
let store: Store
let runId: string
let trainings: TrainParams[]
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
  runId = createTinyRun(store, home, { iterations: 1, review: { wait: true }, prompts: { count: 12 } })
  trainings = []
})

/** Runs with an engine that records its training requests. */
function work(options: StandInOptions = {}) {
  const engine = standInEngine(options)
  const train: typeof engine.train = (params, call) => {
    trainings.push(params)
    return engine.train(params, call)
  }
  const { status, iteration } = store.runs.resolve(runId)
  if (status === 'waiting-for-review') store.runs.confirmReview(runId, iteration)
  return workOn({ store, home, runId, startEngine: async () => ({ ...engine, train }) })
}

const contentOf = (side: unknown): string => (side as { content: string }[])[0].content
/** [prompt, chosen, rejected] of each row of the newest preference training. */
const trainedOn = (): string[][] =>
  (trainings.at(-1)!.rows as DpoRow[]).map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected].map(contentOf))
const asJudged = ({ instruction, chosenText, rejectedText }: PairRow): string[] => [instruction, chosenText, rejectedText]
const judgesPairs = (): PairRow[] => store.pairs.ofIteration(runId, 1)
const summary = () => store.stages.find(runId, 1, 'train')?.summary

describe('a rescored response', () => {
  it('rebuilds the prompt’s pair by the recipe’s rule, and the new pair is trained on', async () => {
    await work()
    const [pair, ...others] = judgesPairs()
    const third = store.candidates.ofPrompt(pair.promptId).find(({ id }) => id !== pair.chosenId && id !== pair.rejectedId)!
    reviewsApi(store).rescore(third.id, 5)
    reviewsApi(store).rescore(pair.chosenId, 4.9)
    reviewsApi(store).rescore(pair.rejectedId, 1)
    await work()
    expect(trainedOn()).toEqual([[pair.instruction, third.text, pair.rejectedText], ...others.map(asJudged)])
    expect(summary()).toMatchObject({ pairs: others.length + 1, from_person: { rescore: 1 }, left_out_by_person: {} })
    expect(judgesPairs()[0]).toEqual(pair) // the judge's pair stays on record
  })

  it('can swap the pair', async () => {
    await work()
    const [pair, ...others] = judgesPairs()
    for (const { id } of store.candidates.ofPrompt(pair.promptId))
      reviewsApi(store).rescore(id, id === pair.rejectedId ? 5 : id === pair.chosenId ? 0 : 3)
    await work()
    expect(trainedOn()).toEqual([[pair.instruction, pair.rejectedText, pair.chosenText], ...others.map(asJudged)])
  })

  it('makes a pair where the judge’s rewards made none', async () => {
    await work({ judgement: () => 'Fair.\nScore: 3' })
    expect(judgesPairs()).toEqual([])
    const [first, second] = store.candidates.ofIteration(runId, 1)
    reviewsApi(store).rescore(second.id, 4)
    await work()
    expect(trainedOn()).toEqual([[first.instruction, second.text, first.text]])
  })

  it('makes a pair from a response that the judge couldn’t score', async () => {
    await work({ judgement: () => 'I would rather not say.' })
    const [first, second] = store.candidates.ofIteration(runId, 1)
    reviewsApi(store).rescore(first.id, 1)
    expect(reviewsApi(store).item(first.promptId).pair).toBeNull() // a single reward makes no pair
    reviewsApi(store).rescore(second.id, 4)
    await work()
    expect(trainedOn()).toEqual([[first.instruction, second.text, first.text]])
  })

  it('removes the pair if the new rewards tie', async () => {
    await work()
    const [pair, ...others] = judgesPairs()
    for (const { id } of store.candidates.ofPrompt(pair.promptId)) reviewsApi(store).rescore(id, 3)
    await work()
    expect(trainedOn()).toEqual(others.map(asJudged))
    expect(summary()).toMatchObject({ pairs: others.length, from_person: {}, left_out_by_person: { rescore: 1 } })
  })

  it('that is undone restores the judge’s pair', async () => {
    await work()
    const [pair] = judgesPairs()
    reviewsApi(store).rescore(pair.rejectedId, 5)
    reviewsApi(store).rescore(pair.rejectedId, null)
    await work()
    expect(trainedOn()).toEqual(judgesPairs().map(asJudged))
    expect(store.rescores.ofPrompt(pair.promptId).map(({ reward }) => reward)).toEqual([5, null])
  })
})

describe('a decision and a rescore of the same prompt', () => {
  it('the decision takes precedence over the reward, whichever of its two responses is rewarded more', async () => {
    await work()
    const [pair, ...others] = judgesPairs()
    reviewsApi(store).decide({ pairId: pair.id, decision: 'swap' })
    for (const { id } of store.candidates.ofPrompt(pair.promptId))
      reviewsApi(store).rescore(id, id === pair.rejectedId ? 5 : id === pair.chosenId ? 0 : 3)
    await work()
    expect(trainedOn()).toEqual([[pair.instruction, pair.rejectedText, pair.chosenText], ...others.map(asJudged)])
    expect(summary()).toMatchObject({ from_person: { swap: 1 } })
  })

  it('a decision on responses that are no longer the pair doesn’t apply, and applies again when they are', async () => {
    await work()
    const [pair] = judgesPairs()
    const reviews = reviewsApi(store)
    const third = store.candidates.ofPrompt(pair.promptId).find(({ id }) => id !== pair.chosenId && id !== pair.rejectedId)!
    reviews.decide({ pairId: pair.id, decision: 'both-bad' })
    reviews.rescore(pair.chosenId, 4)
    reviews.rescore(pair.rejectedId, 1)
    const rescored = reviews.rescore(third.id, 5)
    expect(rescored).toMatchObject({ because: 'rescore', trainsAs: { chosen: third.text, rejected: pair.rejectedText } })
    expect(rescored.earlier).toMatchObject([{ chosenId: pair.chosenId, decisions: [{ decision: 'both-bad' }] }])
    expect(() => reviews.decide({ pairId: pair.id, decision: 'agree' })).toThrow(expect.objectContaining({ code: 'BUSY' }))
    expect(reviews.rescore(third.id, 2)).toMatchObject({ because: 'both-bad', trainsAs: null, earlier: [] })
  })
})

describe('an edit', () => {
  it('can declare the other response the better one', async () => {
    await work()
    const [pair, ...others] = judgesPairs()
    reviewsApi(store).decide({ pairId: pair.id, decision: 'edit', chosenText: 'Fixed.', reversed: true })
    await work()
    expect(trainedOn()).toEqual([[pair.instruction, 'Fixed.', pair.chosenText], ...others.map(asJudged)])
  })
})

describe('a training that has started', () => {
  it('continues after a kill with exactly the same rows, whatever is decided in between', async () => {
    await work()
    const [swapped, left, ...others] = judgesPairs()
    const reviews = reviewsApi(store)
    reviews.decide({ pairId: swapped.id, decision: 'swap' })
    expect(reviews.item(swapped.promptId).trained).toBe(false)
    await expect(work({ diesAfter: 2 })).rejects.toMatchObject({ code: 'ENGINE_LOST' })
    const startedWith = trainedOn()
    expect(startedWith[0]).toEqual([swapped.instruction, swapped.rejectedText, swapped.chosenText])

    expect(reviews.item(swapped.promptId).trained).toBe(true)
    reviews.decide({ pairId: swapped.id, decision: 'agree' })
    reviews.decide({ pairId: left.id, decision: 'both-bad' })
    reviews.rescore(others[0].rejectedId, 5)
    expect(await work()).toBe('finished')
    expect(trainings.filter(({ task }) => task === 'dpo')).toHaveLength(2)
    expect(trainedOn()).toEqual(startedWith)
    expect(summary()).toMatchObject({
      pairs: startedWith.length,
      rows: startedWith.length,
      from_person: { swap: 1 },
      left_out_by_person: {},
    })
  })

  it('counts the pairs that the user confirmed, swapped, edited, and left out', async () => {
    await work()
    const decisions = ['agree', 'agree', 'swap', 'edit', 'tie', 'both-bad'] as const
    const pairs = judgesPairs()
    expect(pairs.length).toBeGreaterThan(decisions.length)
    for (const [i, decision] of decisions.entries())
      reviewsApi(store).decide({ pairId: pairs[i].id, decision, chosenText: decision === 'edit' ? 'Better.' : null })
    await work()
    expect(summary()).toMatchObject({
      pairs: pairs.length - 2,
      from_person: { agree: 2, swap: 1, edit: 1 },
      left_out_by_person: { tie: 1, 'both-bad': 1 },
    })
  })

  it('doesn’t start if the user left no pairs, and says so', async () => {
    await work()
    for (const { id } of judgesPairs()) reviewsApi(store).decide({ pairId: id, decision: 'both-bad' })
    expect(await work()).toBe('finished')
    expect(trainings.filter(({ task }) => task === 'dpo')).toEqual([])
    expect(store.models.find(runId, 'M2')?.sha256).toBe(store.models.find(runId, 'M1')?.sha256)
  })
})

describe('a response that the token limit cut off', () => {
  const isCut = (text: string): boolean => text.length % 3 === 0

  it('is trained on without an end, on either side of a pair, unless the user edited it', async () => {
    await work({ isCut })
    const [pair, ...others] = judgesPairs().filter(({ chosenText, rejectedText }) => isCut(chosenText) || isCut(rejectedText))
    expect(others.length).toBeGreaterThan(0)
    reviewsApi(store).decide({ pairId: pair.id, decision: 'edit', chosenText: 'a better end.', rejectedText: 'a worse end.' })
    await work({ isCut })
    const side = (text: string): unknown => (isCut(text) ? { unfinished: text } : [{ role: 'assistant', content: text }])
    const rows = trainings.at(-1)!.rows as DpoRow[]
    for (const { instruction, chosenText, rejectedText } of others)
      expect(rows).toContainEqual({
        prompt: [{ role: 'user', content: instruction }],
        chosen: side(chosenText),
        rejected: side(rejectedText),
      })
    expect(rows.filter(({ chosen }) => Array.isArray(chosen) && contentOf(chosen) === 'a better end.')).toHaveLength(1)
  })
})
