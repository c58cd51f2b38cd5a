import { describe, expect, it } from 'vitest'
import { distributionsOf, reviewedOf } from '../../main/app/charts/distributions.ts'
import { readRows } from '../../main/app/charts/row-tables.ts'
import { timelineOf } from '../../main/app/charts/timeline.ts'
import { reviewsApi } from '../../main/app/review/reviews.ts'
import { reportOf } from '../../main/loop/iteration-report.ts'
import { workOn } from '../../main/loop/session.ts'
import { queueFilter } from '../../main/shared/contract/review-contract.ts'
import type { DpoRow, TrainParams } from '../../main/shared/engine-protocol.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import { pairsRecipe } from '../../main/shared/recipe-pairs.ts'
import type { Store } from '../../main/store/store.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { contentOfKilledRun, contentOfRun, createTinyRun, openTinyStore, tinyHome } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
let trainings: TrainParams[]
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
  trainings = []
})

function work(runId: string, options: StandInOptions = {}) {
  const engine = standInEngine(options)
  const train: typeof engine.train = (params, call) => {
    trainings.push(params)
    return engine.train(params, call)
  }
  return workOn({ store, home, runId, startEngine: async () => ({ ...engine, train }) })
}

const contentOf = (side: unknown): string => (side as { content: string }[])[0].content
/** [prompt, chosen, rejected] of each row of the newest training. */
const trainedOn = (): string[][] =>
  (trainings.at(-1)!.rows as DpoRow[]).map(({ prompt, chosen, rejected }) => [prompt, chosen, rejected].map(contentOf))

describe('a run with the pair rule', () => {
  it.each(pairsRecipe.shape.rule.unwrap().options.filter((rule) => rule !== 'human-only'))(
    '%s ends with the same models however often it was killed',
    async (rule) => {
      const recipe: Partial<RecipeInput> = { iterations: 2, pairs: { rule, max_per_prompt: 3, agreement: rule === 'all-above-margin' } }
      const runId = createTinyRun(store, home, recipe)
      expect(await work(runId)).toBe('finished')
      expect(trainedOn().length).toBeGreaterThan(0)
      const whole = contentOfRun(home)
      expect(await contentOfKilledRun(recipe, (attempt) => ({ diesAfter: 60 + 60 * attempt }))).toEqual(whole)
    },
  )
})

describe('all pairs above a margin', () => {
  it('are all trained on, in prompt order', async () => {
    const runId = createTinyRun(store, home, { iterations: 1, pairs: { rule: 'all-above-margin', min_gap: 0.5 } })
    await work(runId)
    const pairs = store.pairs.ofIteration(runId, 1)
    expect(new Set(pairs.map(({ promptId }) => promptId)).size).toBeLessThan(pairs.length)
    expect(pairs.every(({ chosenReward, rejectedReward }) => chosenReward! - rejectedReward! >= 0.5)).toBe(true)
    expect(trainedOn()).toEqual(pairs.map(({ instruction, chosenText, rejectedText }) => [instruction, chosenText, rejectedText]))
    expect(store.stages.find(runId, 1, 'train')?.summary).toMatchObject({ pairs: pairs.length, rows: pairs.length })
  })
})

describe('at most so many pairs an iteration', () => {
  it('are those with the widest gaps, in prompt order', async () => {
    const pairsOfRun = async (max_per_iteration: number | null) => {
      const runId = createTinyRun(store, home, { iterations: 1, pairs: { rule: 'all-above-margin', max_per_iteration } })
      await work(runId)
      return store.pairs
        .ofIteration(runId, 1)
        .map((pair) => ({ gap: pair.chosenReward! - pair.rejectedReward!, texts: [pair.instruction, pair.chosenText, pair.rejectedText] }))
    }
    const all = await pairsOfRun(null)
    const widest = all.toSorted((a, b) => b.gap - a.gap).slice(0, 3)
    expect(widest[2].gap).toBeGreaterThan(Math.min(...all.map(({ gap }) => gap)))
    expect(await pairsOfRun(3)).toEqual(all.filter((pair) => widest.includes(pair)))
    expect(await pairsOfRun(all.length + 1)).toEqual(all)
  })
})

describe('anchored rejection', () => {
  const anchored = (): string => createTinyRun(store, home, { iterations: 2, pairs: { rule: 'anchored' } })

  it('has M0 answer every prompt too, judged by the iteration’s model, and rejects the worst of its answers', async () => {
    const runId = anchored()
    await work(runId)
    for (const iteration of [1, 2]) {
      const candidates = store.candidates.ofIteration(runId, iteration)
      expect(candidates).toHaveLength(6 * (3 + 3))
      const writers = new Map(candidates.map(({ id, model }) => [id, model]))
      const judgements = store.judgements.ofCandidates(runId, iteration)
      expect(judgements).toHaveLength(candidates.length * 3)
      const pairs = store.pairs.ofIteration(runId, iteration)
      expect(pairs.length).toBeGreaterThan(0)
      for (const { chosenId, rejectedId } of pairs) expect([writers.get(chosenId), writers.get(rejectedId)]).toEqual([null, 'M0'])
      for (const ofPrompt of Map.groupBy(candidates, ({ promptId }) => promptId).values()) {
        expect(ofPrompt.map(({ sample, model }) => [sample, model])).toEqual([0, 1, 2, 3, 4, 5].map((i) => [i, i < 3 ? null : 'M0']))
      }
    }
  })

  it('reports the model’s own answers, and counts M0’s only where all candidates count', async () => {
    const runId = anchored()
    await work(runId)
    const own = store.candidates.ofIteration(runId, 1).filter(({ model }) => model === null)
    const scores = Map.groupBy(store.judgements.ofCandidates(runId, 1), ({ subjectId }) => subjectId)
    const rewards = own.flatMap(({ id }) => {
      const read = (scores.get(id) ?? []).flatMap(({ score }) => score ?? [])
      return read.length === 0 ? [] : [read.reduce((a, b) => a + b) / read.length]
    })
    const report = reportOf({ store, runId }, 1, 'M1')
    expect(report.meanReward).toBeCloseTo(rewards.reduce((a, b) => a + b) / rewards.length, 12)
    expect(report.meanLength).toBeCloseTo(own.reduce((sum, { text }) => sum + text.length, 0) / own.length, 12)
    expect(report.meanRewardError).toBeGreaterThan(0)
    expect(report.decidedShare).toBeGreaterThan(0)
    expect(report.judgements).toBe(6 * 6 * 3)
    const run = store.runs.resolve(runId)
    const [distribution] = distributionsOf(store, reviewedOf(store))(run)
    expect(distribution.n.candidates).toBe(rewards.length)
    expect(distribution.mean.candidates).toBeCloseTo(report.meanReward!, 12)
    const made = timelineOf(store, reviewedOf(store), run).stages.filter(({ iteration }) => iteration === 1)
    expect(made.find(({ stage }) => stage === 'candidates')).toMatchObject({ made: 36, of: 36 })
    expect(made.find(({ stage }) => stage === 'judgements')).toMatchObject({ made: 108, of: 108 })
    const { rows } = readRows(store).candidates({ runId, iteration: 1, offset: 0, limit: 6 })
    expect(rows.map(({ model }) => model)).toEqual(['M1', 'M1', 'M1', 'M0', 'M0', 'M0'])
  })

  it('keeps to M0’s answers when a user rescores', async () => {
    const runId = createTinyRun(store, home, { iterations: 1, pairs: { rule: 'anchored' }, review: { wait: true } })
    await work(runId)
    const reviews = reviewsApi(store)
    const [{ promptId }] = store.pairs.ofIteration(runId, 1)
    const { candidates } = reviews.item(promptId)
    expect(candidates.map(({ model }) => model)).toEqual(['M1', 'M1', 'M1', 'M0', 'M0', 'M0'])
    const item = reviews.scores(
      promptId,
      candidates.map(({ id }, i) => ({ candidateId: id, reward: [0, 4, 1, 3, 2, 5][i] })), // the worst of all is M1's own
    )
    expect(item.pair).toMatchObject({ chosenId: candidates[1].id, rejectedId: candidates[4].id })
  })
})

describe('a run that keeps only pairs that the implicit reward agrees with', () => {
  const implicitOf = (runId: string, iteration: number): Map<number, number | null> =>
    new Map(store.secondJudgements.ofIteration(runId, iteration, 'agreement').map(({ subjectId, score }) => [subjectId, score]))

  it('leaves out the others, and no pair that a user’s score makes', async () => {
    const agreement = { iterations: 1, prompts: { count: 12 }, review: { wait: true }, pairs: { agreement: true } }
    const runId = createTinyRun(store, home, agreement)
    await work(runId)
    const implicit = implicitOf(runId, 1)
    expect(implicit.size).toBe(12 * 3)
    const pairs = store.pairs.ofIteration(runId, 1)
    expect(pairs.length).toBeGreaterThan(0)
    for (const { chosenId, rejectedId } of pairs) expect(implicit.get(chosenId)!).toBeGreaterThan(implicit.get(rejectedId)!)
    expect(store.judgements.ofCandidates(runId, 1)).toHaveLength(12 * 3 * 3)

    const other = tinyHome()
    const free = openTinyStore(other.home)
    const unfiltered = createTinyRun(free, other.home, { ...agreement, pairs: {} })
    await workOn({ store: free, home: other.home, runId: unfiltered, startEngine: async () => standInEngine() })
    const all = free.pairs.ofIteration(unfiltered, 1).map(({ chosenText, rejectedText }) => [chosenText, rejectedText])
    expect(all.length).toBeGreaterThan(pairs.length)
    expect(all).toEqual(expect.arrayContaining(pairs.map(({ chosenText, rejectedText }) => [chosenText, rejectedText])))
    free.close()
    other.remove()

    const reviews = reviewsApi(store)
    const left = reviews.queue(runId, queueFilter.parse({ status: 'without-pair' }))[0]
    const [a, b, c] = reviews.item(left.promptId).candidates
    const [low, , high] = [a, b, c].toSorted((one, two) => implicit.get(one.id)! - implicit.get(two.id)!)
    const scored = [a, b, c].map(({ id }) => ({ candidateId: id, reward: id === low.id ? 5 : id === high.id ? 0 : 3 }))
    expect(reviews.scores(left.promptId, scored).pair).toMatchObject({ chosenId: low.id, rejectedId: high.id })
  })

  it('compares nothing where M1 is M0, and says so', async () => {
    const runId = createTinyRun(store, home, { iterations: 2, sft: null, pairs: { agreement: true } })
    await work(runId)
    expect([implicitOf(runId, 1).size, implicitOf(runId, 2).size]).toEqual([0, 18])
    const notes = store.events.ofKind(runId, 'note').map(({ event }) => (event as { text: string }).text)
    expect(notes).toContainEqual(expect.stringContaining('M1 is the same model as M0'))
  })
})

describe('the rule that trains only on decided pairs', () => {
  it('leaves out what the user hasn’t decided, and says why', async () => {
    const runId = createTinyRun(store, home, {
      iterations: 1,
      prompts: { count: 12 },
      pairs: { rule: 'human-only' },
      review: { wait: true },
    })
    await work(runId)
    const reviews = reviewsApi(store)
    const [agreed, swapped, tied, ...undecided] = store.pairs.ofIteration(runId, 1)
    expect(undecided.length).toBeGreaterThan(0)
    reviews.decide({ pairId: agreed.id, decision: 'agree' })
    reviews.decide({ pairId: swapped.id, decision: 'swap' })
    reviews.decide({ pairId: tied.id, decision: 'tie' })
    expect(reviews.item(undecided[0].promptId)).toMatchObject({ because: 'undecided', trainsAs: null })
    expect(reviews.overview(runId).onlyDecided).toBe(true)
    store.runs.confirmReview(runId, 1)
    expect(await work(runId)).toBe('finished')
    expect(trainedOn()).toEqual([
      [agreed.instruction, agreed.chosenText, agreed.rejectedText],
      [swapped.instruction, swapped.rejectedText, swapped.chosenText],
    ])
    expect(store.stages.find(runId, 1, 'train')?.summary).toMatchObject({
      pairs: 2,
      from_person: { agree: 1, swap: 1 },
      left_out_by_person: { tie: 1 },
    })
    const training = store.trainings.find(runId, 'M2')!
    const left = store.trainingPairs.ofTraining(training.id).filter(({ because }) => because === 'undecided')
    expect(left.map(({ row }) => row)).toEqual(undecided.map(() => null))
  })

  it('trains nothing if the user decides nothing', async () => {
    const runId = createTinyRun(store, home, { iterations: 1, pairs: { rule: 'human-only' } })
    expect(await work(runId)).toBe('finished')
    expect(trainings.filter(({ task }) => task === 'dpo')).toEqual([])
    expect(store.models.find(runId, 'M2')?.sha256).toBe(store.models.find(runId, 'M1')?.sha256)
  })
})
