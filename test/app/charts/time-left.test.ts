import { describe, expect, test } from 'vitest'
import { pacesOf, timeLeft } from '../../../main/app/charts/time-left.ts'
import type { TimelineStage } from '../../../main/shared/contract/charts-contract.ts'
import { recipe as recipeSchema } from '../../../main/shared/recipe.ts'

const recipe = recipeSchema.parse({ name: 'r', base_model: 'm', iterations: 2 })
const nothing = { planned: null, others: [] }

const stage = (
  iteration: number,
  name: TimelineStage['stage'],
  state: TimelineStage['state'],
  seconds: number,
  [made, of]: readonly [number, number] | readonly [null, null] = [null, null],
): TimelineStage => ({ ...{ iteration, stage: name, state, seconds, made, of }, aside: 0 })

const middle = (left: ReturnType<typeof timeLeft>): number => Math.sqrt(left!.low * left!.high)

describe('the time left', () => {
  test('is what the same stages took in the iteration before, as a range', () => {
    const stages = [
      stage(1, 'prompts', 'done', 10),
      stage(1, 'train', 'done', 60),
      stage(2, 'prompts', 'done', 12),
      stage(2, 'train', 'coming', 0),
    ]
    const left = timeLeft(stages, recipe, nothing)
    expect(left!.low).toBeCloseTo(60 / 1.5)
    expect(left!.high).toBeCloseTo(60 * 1.5)
  })

  test('counts the pairs that SPIN trains on again from its second iteration on', () => {
    const stages = [stage(1, 'train', 'done', 60), stage(2, 'train', 'coming', 0)]
    expect(middle(timeLeft(stages, recipeSchema.parse({ ...recipe, method: 'spin' }), nothing))).toBeCloseTo(120)
  })

  test('of a stage in progress follows its own pace once a tenth of it is done', () => {
    const stages = [stage(1, 'candidates', 'done', 100), stage(2, 'candidates', 'current', 30, [10, 100])]
    expect(middle(timeLeft(stages, recipe, nothing))).toBeCloseTo(270)
    const early = [stage(1, 'candidates', 'done', 100), stage(2, 'candidates', 'current', 3, [1, 100])]
    expect(middle(timeLeft(early, recipe, nothing))).toBeCloseTo(97)
  })

  test('is learned from finished runs of another size', () => {
    const small = recipeSchema.parse({ ...recipe, prompts: { ...recipe.prompts, count: recipe.prompts.count / 4 } })
    const others = [10, 12].flatMap((seconds) => pacesOf(small, [{ iteration: 1, stage: 'prompts', seconds }]))
    const left = timeLeft([stage(1, 'prompts', 'coming', 0)], recipe, { planned: null, others })
    expect(middle(left)).toBeCloseTo(44)
    expect(left!.high / left!.low).toBeLessThan(1.4) // two runs that agree
  })

  test('falls back to the estimate, corrected by how far finished stages were from theirs', () => {
    const planned = [
      { iteration: 1, stage: 'prompts', seconds: 10 },
      { iteration: 1, stage: 'candidates', seconds: 100 },
      { iteration: 2, stage: 'candidates', seconds: 50 },
    ] as const
    const first = timeLeft([stage(1, 'prompts', 'coming', 0), stage(1, 'candidates', 'coming', 0)], recipe, { planned, others: [] })
    expect(first).toEqual({ low: 55, high: 220 })
    const later = timeLeft([stage(1, 'prompts', 'done', 30), stage(1, 'candidates', 'coming', 0)], recipe, { planned, others: [] })
    expect(middle(later)).toBeCloseTo(300)
  })

  test('is unknown if nothing is known of a stage, and none if all is done or waits for the user', () => {
    expect(timeLeft([stage(1, 'train', 'coming', 0)], recipe, nothing)).toBeNull()
    expect(timeLeft([stage(1, 'train', 'done', 5)], recipe, nothing)).toBeNull()
    expect(timeLeft([stage(1, 'train', 'done', 5), stage(1, 'review', 'current', 0)], recipe, nothing)).toBeNull()
  })
})
