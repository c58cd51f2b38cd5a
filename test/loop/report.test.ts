import { describe, expect, it } from 'vitest'
import { warnOfTraining } from '../../main/loop/guards.ts'
import { warnOfFailureSigns } from '../../main/loop/iteration-report.ts'
import type { Stage } from '../../main/loop/run-context.ts'
import { trainingSummary } from '../../main/loop/stages/train-model.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import type { IterationReport, RunEvent } from '../../main/shared/run-events.ts'
import { createTinyRun, openTinyStore, tinyHome } from '../support/tiny-run.ts'

const healthy: IterationReport = {
  model: 'M1',
  promptsAccepted: 100,
  promptsRejected: {},
  meanReward: 3,
  meanRewardError: 0.1,
  decidedShare: 0.7,
  tieShare: 0.3,
  pairs: 60,
  yield: 0.6,
  judgements: 1000,
  parseFailures: 50,
  meanLength: 400,
  meanLengthChosen: 420,
  meanLengthRejected: 390,
  topShare: 0.1,
  rewardSpread: 1,
  consistency: null,
}

type Background = Parameters<typeof warnOfFailureSigns>[2]

const recipe = recipeSchema.parse({ name: 'x', base_model: '/x' })

function warningsOf(now: Partial<IterationReport>, background: Background = {}): string[] {
  const codes: string[] = []
  const tell = (event: RunEvent): void => void (event.kind === 'warning' && codes.push(event.code))
  warnOfFailureSigns({ tell, iteration: 2, stage: 'pairs', recipe } as Stage, { ...healthy, ...now }, background)
  return codes
}

/** Compared with a healthy first iteration, which is also the one before. */
const later = (more: Partial<Background> = {}): Background => ({ first: healthy, before: healthy, ...more })

describe('signs of failure', () => {
  it('aren’t reported for a healthy iteration', () => {
    expect(warningsOf({})).toEqual([])
    expect(warningsOf({}, later({ outside: [{ name: 'checks', now: 0.5, before: 0.5 }] }))).toEqual([])
  })

  it('are few pairs, unparsed judgements, and growing answers', () => {
    expect(warningsOf({ yield: 0.19, decidedShare: 0.19 })).toEqual(['low-yield'])
    expect(warningsOf({ yield: 0.19, decidedShare: null })).toEqual(['low-yield'])
    expect(warningsOf({ parseFailures: 201 })).toEqual(['parse-failures'])
    expect(warningsOf({ meanLength: 601 }, later())).toEqual(['length-growth'])
    expect(warningsOf({ meanLength: 599 }, later())).toEqual([])
  })

  it('aren’t few pairs where the judge decides, and the recipe’s rules leave most pairs out', () => {
    expect(warningsOf({ yield: 0.1, decidedShare: 0.9 })).toEqual([])
  })

  it('are lengths that drift from the first iteration’s, of all answers or of the chosen ones, up or down', () => {
    const before = { ...healthy, meanLength: 790, meanLengthChosen: 800 }
    expect(warningsOf({ meanLength: 801 }, later({ before }))).toEqual(['length-drift'])
    expect(warningsOf({ meanLength: 800 }, later({ before }))).toEqual([])
    expect(warningsOf({ meanLength: 199 }, later())).toEqual(['length-drift'])
    expect(warningsOf({ meanLength: 200 }, later())).toEqual([])
    expect(warningsOf({ meanLengthChosen: 841 }, later())).toEqual(['length-drift'])
    expect(warningsOf({ meanLengthChosen: 209 }, later())).toEqual(['length-drift'])
  })

  it('are rewards that no longer distinguish: most at the maximum, or half as spread as in the first iteration', () => {
    expect(warningsOf({ topShare: 0.51 })).toEqual(['saturated'])
    expect(warningsOf({ topShare: 0.5 })).toEqual([])
    expect(warningsOf({ rewardSpread: 0.49 }, later())).toEqual(['saturated'])
    expect(warningsOf({ rewardSpread: 0.5 }, later())).toEqual([])
    expect(warningsOf({ rewardSpread: 0 })).toEqual([]) // the first iteration has none to compare with
  })

  it('are comparisons that the order decides, often or more often than in the first iteration', () => {
    const first = { ...healthy, flipRate: 0.2 }
    expect(warningsOf({ flipRate: 0.51 })).toEqual(['flips'])
    expect(warningsOf({ flipRate: 0.5 })).toEqual([])
    expect(warningsOf({ flipRate: 0.31 }, later({ first }))).toEqual(['flips'])
    expect(warningsOf({ flipRate: 0.29 }, later({ first }))).toEqual([])
    expect(warningsOf({ flipRate: 0.4 }, later())).toEqual([]) // the first iteration has none to compare with
  })

  it('are a program’s figure that falls while the own reward rises, and neither alone', () => {
    const fell = { name: 'checks', now: 0.47, before: 0.5 }
    expect(warningsOf({ meanReward: 3.11 }, later({ outside: [fell] }))).toEqual(['divergence'])
    expect(warningsOf({ meanReward: 3.09 }, later({ outside: [fell] }))).toEqual([]) // a tenth of the standard deviation is no rise
    expect(warningsOf({ meanReward: 4 }, later({ outside: [{ ...fell, now: 0.485 }] }))).toEqual([]) // nor are 1.5 points a fall
    expect(warningsOf({ meanReward: 4 }, later({ outside: [{ ...fell, now: 0.6 }] }))).toEqual([])
    expect(warningsOf({ meanReward: 2 }, later({ outside: [fell] }))).toEqual([])
    expect(warningsOf({ meanReward: 4 }, later({ outside: [fell, { ...fell, name: 'others' }] }))).toEqual(['divergence', 'divergence'])
  })

  it('are fewer than 50 pairs to train on, and more than three epochs', () => {
    const codes: string[] = []
    const tell = (event: RunEvent): void => void (event.kind === 'warning' && codes.push(event.code))
    const stage = { tell, iteration: 1, stage: 'review' } as Stage
    warnOfTraining(stage, 50, { epochs: 3 })
    expect(codes).toEqual([])
    warnOfTraining(stage, 49, { epochs: 3.5 })
    expect(codes).toEqual(['few-pairs', 'many-epochs'])
  })

  it('are rewards that follow the model’s own probabilities more than in the first iteration', () => {
    const { home, remove } = tinyHome()
    const store = openTinyStore(home)
    const runId = createTinyRun(store, home)
    const codes: string[] = []
    const tell = (event: RunEvent): void => void (event.kind === 'warning' && codes.push(event.code))
    /** A training on twelve pairs, in `alike` of which the policy prefers the chosen response, too; returns its coupling. */
    const train = (iteration: number, alike: number): unknown => {
      const { id } = store.trainings.begin({ runId, name: `M${iteration + 1}`, task: 'dpo', rows: 12, config: {} })
      for (let i = 0; i < 12; i++) {
        store.prompts.add(runId, {
          ...{ iteration, round: 0, place: i, text: `ask ${i}`, position: i, reason: null, similarity: null, similarTo: null },
          ...{ demonstrations: [], requirements: [] },
        })
        const promptId = store.prompts.accepted(runId, iteration)[i].id
        for (const sample of [0, 1])
          store.candidates.add({ promptId, sample, text: `${sample}`, tokens: 10, finishReason: 'stop', seed: 0 })
        const [chosen, rejected] = store.candidates.ofPrompt(promptId)
        store.pairs.add({ promptId, chosenId: chosen.id, rejectedId: rejected.id, chosenReward: 4, rejectedReward: 1 })
        const pairId = store.pairs.ofPrompt(promptId)[0].id
        store.trainingPairs.add(id, { pairId, row: i, reversed: false, reviewId: null, because: 'judge' })
        store.trainings.addReference(id, i, i < alike ? -10 : -30, -20)
      }
      store.metrics.addStep(id, 1, { loss: 0.5 })
      const summary = trainingSummary({ store, runId, tell, iteration, stage: 'train' } as unknown as Stage, `M${iteration + 1}`)
      store.stages.begin(runId, iteration, 'train')
      store.stages.finish(runId, iteration, 'train', summary)
      return summary.coupling
    }
    expect(train(1, 6)).toBe(0)
    expect(train(2, 7)).toBeCloseTo(1 / 6, 12) // (7 - 5) / 12
    expect(codes).toEqual([])
    expect(train(3, 8)).toBeCloseTo(1 / 3, 12)
    expect(codes).toEqual(['coupling'])
    store.close()
    remove()
  })

  it('are chosen responses that become much less likely during training', () => {
    const { home, remove } = tinyHome()
    const store = openTinyStore(home)
    const runId = createTinyRun(store, home)
    const codes: string[] = []
    const tell = (event: RunEvent): void => void (event.kind === 'warning' && codes.push(event.code))
    const stage = { store, runId, tell, iteration: 1, stage: 'train' } as unknown as Stage
    for (const [name, end] of [
      ['M2', -119],
      ['M3', -121],
    ] as const) {
      const { id } = store.trainings.begin({ runId, name, task: 'dpo', rows: 1, config: {} })
      store.trainings.addReference(id, 0, -100, -100)
      for (let step = 1; step <= 8; step++)
        store.metrics.addStep(id, step, { 'logps/chosen': step > 6 ? end : -100, loss: step > 6 ? 0.5 : 9 })
      expect(trainingSummary(stage, name)).toMatchObject({ steps: 8, loss: 0.5, 'logps/chosen': end })
    }
    expect(codes).toEqual(['chosen-falls'])
    store.close()
    remove()
  })
})
