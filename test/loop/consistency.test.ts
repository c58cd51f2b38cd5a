import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rankingConsistency } from '../../main/loop/preferences/consistency.ts'
import { couplingOf } from '../../main/loop/preferences/coupling.ts'
import { workOn } from '../../main/loop/session.ts'
import type { DpoRow, TrainParams } from '../../main/shared/engine-protocol.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import { storedReport } from '../../main/shared/run-events.ts'
import type { Store } from '../../main/store/store.ts'
import { type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { contentOfKilledRun, contentOfRun, createTinyRun, openTinyStore, tinyHome } from '../support/tiny-run.ts'

describe('the consistency of two rankings', () => {
  it.each<[string, [number, number][], number | null]>([
    [
      'is 1 for the same order, whatever the scale',
      [
        [1, 10],
        [2, 20],
        [3, 90],
        [4, 91],
      ],
      1,
    ], // tau = 1
    [
      'is 0 for the reversed order',
      [
        [1, 3],
        [2, 2],
        [3, 1],
      ],
      0,
    ], // tau = -1
    [
      'is (tau + 1) / 2: one of six pairs is in another order',
      [
        [1, 1],
        [2, 3],
        [3, 2],
        [4, 4],
      ],
      5 / 6,
    ], // tau = (5 - 1) / 6
    [
      'counts a tie as neither: two of three pairs are alike',
      [
        [1, 1],
        [2, 2],
        [3, 2],
      ],
      5 / 6,
    ], // tau = 2 / 3
    [
      'is 1/2 if one judge gives every candidate the same score',
      [
        [1, 2],
        [2, 2],
        [3, 2],
      ],
      1 / 2,
    ], // tau = 0
    ['is unknown for a single candidate', [[1, 1]], null],
    ['is unknown for none', [], null],
  ])('%s', (_, rewards, consistency) => {
    const found = rankingConsistency(rewards)
    if (consistency === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(consistency, 12)
  })
})

describe('the coupling of judge and policy', () => {
  const twelve = (logprob: (i: number) => number) => Array.from({ length: 12 }, (_, i) => ({ reward: 1 + i, logprob: logprob(i) }))

  it('is 1 if the reward is the log-probability, -1 if it is its opposite, and 0 if they are unrelated', () => {
    expect(couplingOf(twelve((i) => 0.3 * (1 + i)))).toBeCloseTo(1, 12)
    expect(couplingOf(twelve((i) => -0.3 * (1 + i)))).toBeCloseTo(-1, 12)
    expect(couplingOf(Array.from({ length: 12 }, (_, i) => ({ reward: 2, logprob: i % 2 === 0 ? 1 : -1 })))).toBe(0)
  })

  it('is the correlation within pairs: 0.6 for eight of ten equal gaps in the same direction', () => {
    expect(couplingOf(Array.from({ length: 10 }, (_, i) => ({ reward: 2, logprob: i < 8 ? 0.5 : -0.5 })))).toBeCloseTo(0.6, 12)
  })

  it('is unknown for few pairs, and where nothing varies', () => {
    expect(couplingOf(twelve(() => 1).slice(0, 9))).toBeNull()
    expect(couplingOf(twelve(() => 0))).toBeNull()
  })
})

describe('a run that weights its pairs by consistency', () => {
  let home: string
  let remove: () => void
  let store: Store
  let trainings: TrainParams[]
  beforeEach(() => {
    ;({ home, remove } = tinyHome())
    store = openTinyStore(home)
    trainings = []
  })
  afterEach(() => {
    store.close()
    remove()
  })

  const weighted = (consistency: 'prompt' | 'iteration', more: Partial<RecipeInput> = {}): string =>
    createTinyRun(store, home, { iterations: 2, prompts: { count: 8 }, pairs: { consistency }, ...more })

  function work(runId: string, options: StandInOptions = {}) {
    const engine = standInEngine(options)
    const train: typeof engine.train = (params, call) => {
      trainings.push(params)
      return engine.train(params, call)
    }
    return workOn({ store, home, runId, startEngine: async () => ({ ...engine, train }) })
  }

  /** What each prompt's consistency must be, from the stored scores alone. */
  function expected(runId: string, iteration: number): Map<string, number> {
    const meanOf = (scores: (number | null)[]): number | null => {
      const read = scores.filter((score) => score !== null)
      return read.length === 0 ? null : read.reduce((a, b) => a + b, 0) / read.length
    }
    const scoresOf = (rows: readonly { subjectId: number; score: number | null }[], id: number) =>
      meanOf(rows.filter(({ subjectId }) => subjectId === id).map(({ score }) => score))
    const [now, before] = [
      store.judgements.ofCandidates(runId, iteration),
      store.secondJudgements.ofIteration(runId, iteration, 'consistency'),
    ]
    const byPrompt = Map.groupBy(store.candidates.ofIteration(runId, iteration), ({ instruction }) => instruction)
    return new Map(
      [...byPrompt].flatMap(([instruction, candidates]) => {
        const rewards = candidates.flatMap(({ id }): [number, number][] => {
          const [one, other] = [scoresOf(now, id), scoresOf(before, id)]
          return one === null || other === null ? [] : [[one, other]]
        })
        const consistency = rankingConsistency(rewards)
        return consistency === null ? [] : [[instruction, consistency]]
      }),
    )
  }

  const weightsIn = ({ rows }: TrainParams): [string, number | undefined][] =>
    (rows as (DpoRow & { consistency?: number })[]).map(({ prompt, consistency }) => [
      (prompt as { content: string }[])[0].content,
      consistency,
    ])

  it('has the model before judge the same candidates, and gives each pair its prompt’s consistency', async () => {
    const runId = weighted('prompt')
    await work(runId)
    const dpo = trainings.filter(({ task }) => task === 'dpo')
    expect(dpo).toHaveLength(2)
    for (const [i, training] of dpo.entries()) {
      const consistencies = expected(runId, i + 1)
      const average = [...consistencies.values()].reduce((a, b) => a + b, 0) / consistencies.size
      expect(new Set(consistencies.values()).size).toBeGreaterThan(1)
      for (const [prompt, weight] of weightsIn(training)) expect(weight).toBeCloseTo(consistencies.get(prompt) ?? average, 12)
      expect(storedReport(store.stages.find(runId, i + 1, 'pairs')?.summary)?.consistency).toBeCloseTo(average, 12)
    }
    expect(store.judgements.ofCandidates(runId, 1)).toHaveLength(8 * 3 * 3) // the second judgements aren't among those that reward
  })

  it('gives every pair the mean over the iteration’s prompts, if the recipe says so', async () => {
    const runId = weighted('iteration', { iterations: 1 })
    await work(runId)
    const consistencies = [...expected(runId, 1).values()]
    const average = consistencies.reduce((a, b) => a + b, 0) / consistencies.length
    const weights = weightsIn(trainings.at(-1)!)
    expect(weights.length).toBeGreaterThan(0)
    for (const [, weight] of weights) expect(weight).toBeCloseTo(average, 12)
  })

  it('counts what the user decided in full', async () => {
    const runId = weighted('iteration', { iterations: 1, review: { wait: true } })
    await work(runId)
    const [agreed] = store.pairs.ofIteration(runId, 1)
    store.reviews.add({ pairId: agreed.id, decision: 'agree' })
    store.runs.confirmReview(runId, 1)
    await work(runId)
    const [[first, weight], ...others] = weightsIn(trainings.at(-1)!)
    expect([first, weight]).toEqual([agreed.instruction, undefined])
    expect(others.length).toBeGreaterThan(0)
    expect(others.every(([, other]) => other !== undefined)).toBe(true)
  })

  it('compares nothing where M1 is M0, and says so', async () => {
    const runId = weighted('prompt', { sft: null, iterations: 1 })
    await work(runId)
    expect(store.secondJudgements.ofIteration(runId, 1, 'consistency')).toEqual([])
    expect(weightsIn(trainings.at(-1)!).every(([, weight]) => weight === undefined)).toBe(true)
    expect(store.events.ofKind(runId, 'note').map(({ event }) => (event as { text: string }).text)).toContainEqual(
      expect.stringContaining('M1 is the same model as M0'),
    )
  })

  it('ends with the same models however often it was killed', async () => {
    await work(weighted('prompt'))
    const whole = contentOfRun(home)
    expect(
      await contentOfKilledRun({ iterations: 2, prompts: { count: 8 }, pairs: { consistency: 'prompt' } }, (attempt) => ({
        diesAfter: 60 + 50 * attempt,
      })),
    ).toEqual(whole)
  })
})
