import { describe, expect, it } from 'vitest'
import { loadRecipe, recipeFile } from '../../main/loop/recipe/load-recipe.ts'
import { runTime, type SeedSize, totalSeconds } from '../../main/loop/run-time.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'

const none = { rows: 0, promptTokens: 0, responseTokens: 0 }
const demoShape = {
  ...{ vocabulary: 104, hidden: 128, intermediate: 344, layers: 4, heads: 4, keyValueHeads: 4, headDim: 32 },
  ...{ attentionBias: false, queryKeyNorm: false, tiedEmbeddings: true },
}
const smallShape = {
  ...demoShape,
  vocabulary: 49_152,
  hidden: 576,
  intermediate: 1536,
  layers: 30,
  heads: 9,
  keyValueHeads: 3,
  headDim: 64,
}
const demoSeeds: SeedSize = {
  ift: { rows: 200, promptTokens: 42, responseTokens: 6 },
  eft: { rows: 500, promptTokens: 59, responseTokens: 23 },
  rankedAnswers: none,
  rankedPrompts: 0,
}
const recipeOf = (changes: object) => recipeSchema.parse({ name: 'x', base_model: '/x', seed_data: { ift: '/i' }, ...changes })
const secondsOf = (changes: object, speed = 400): number => totalSeconds(runTime(smallShape, recipeOf(changes), demoSeeds, speed))

describe('the time a run will take', () => {
  it('is within a third of the demo’s measured time on two cores at 362 GFLOP/s: 24.7 seconds', () => {
    const seconds = totalSeconds(runTime(demoShape, loadRecipe(recipeFile('demo')), demoSeeds, 362))
    expect(seconds).toBeGreaterThan(24.7 / 1.33)
    expect(seconds).toBeLessThan(24.7 * 1.33)
  })

  it('is within a third of the measured time for sampling 64 texts of 64 tokens with 135 million parameters at 409 GFLOP/s: 8.1 seconds', () => {
    const recipe = recipeOf({ prompts: { count: 16, max_new_tokens: 1 }, candidates: { count: 4, max_new_tokens: 107 } }) // 60 % of them are used
    const { seconds } = runTime(smallShape, recipe, demoSeeds, 409).find(({ stage }) => stage === 'candidates')!
    expect(seconds).toBeGreaterThan(8.1 / 1.33)
    expect(seconds).toBeLessThan(8.1 * 1.33)
  })

  it('grows with prompts, candidates, judgements, iterations and epochs', () => {
    const base = secondsOf({})
    for (const more of [
      { prompts: { count: 512 } },
      { candidates: { count: 8 } },
      { judge: { samples: 6 } },
      { iterations: 3 },
      { dpo: { epochs: 2 } },
      { evaluation: { count: 128 } },
    ]) {
      expect(secondsOf(more), JSON.stringify(more)).toBeGreaterThan(base)
    }
  })

  it.each([
    ['prompts', ['prompts']],
    ['answers', ['candidates', 'evaluate']],
    ['judge', ['judgements']],
    ['train', ['train']],
    ['evaluate', ['evaluate']],
  ] as const)("counts what this machine does: with %s on another engine, less of its stages, and of no others'", (role, stages) => {
    const stagesOf = (changes: object) => runTime(smallShape, recipeOf(changes), demoSeeds, 400)
    const elsewhere = stagesOf({ engines: { [role]: 'big' } })
    const changed = stagesOf({}).filter((here, i) => elsewhere[i].seconds < here.seconds)
    expect([...new Set(changed.map(({ stage }) => stage))].toSorted()).toEqual([...stages].toSorted())
  })

  it('counts the pairs that the rules of the recipe leave: about 200 of the 6,144 that its 1,024 prompts could have in checkable', () => {
    const checkable = loadRecipe(recipeFile('checkable'))
    const secondsOfTraining = (pairs: object): number =>
      runTime(smallShape, { ...checkable, pairs: { ...checkable.pairs, ...pairs } }, { ...demoSeeds, ift: none, eft: none }, 400).find(
        ({ iteration, stage }) => iteration === 1 && stage === 'train',
      )!.seconds
    const every = { min_gap: 0, length_ratio: null, endings: 'any', chosen_distinct: 0 } as const
    const share = secondsOfTraining({}) / secondsOfTraining({ ...every, max_per_prompt: 1 }) // 1,024 pairs
    expect(share).toBeGreaterThan(0.2 / 1.33)
    expect(share).toBeLessThan(0.3)
    expect(secondsOfTraining({ ...every, max_per_iteration: 200 }) / secondsOfTraining({})).toBeCloseTo(1, 0)
    for (const loosened of Object.entries(every).map(([key, value]) => ({ [key]: value })))
      expect(secondsOfTraining(loosened), JSON.stringify(loosened)).toBeGreaterThan(secondsOfTraining({}))
  })

  it('counts the pairs that SPIN trains on again: as many in the second iteration, on average fewer than two rounds in those after it', () => {
    const spin = (earlier_iterations: number, iterations = 2) => ({ method: 'spin', iterations, spin: { earlier_iterations } })
    const training = (changes: object, iteration: number): number =>
      runTime(smallShape, recipeOf(changes), demoSeeds, 400).find((one) => one.iteration === iteration && one.stage === 'train')!.seconds
    expect(training(spin(1), 1)).toBe(training(spin(0), 1))
    expect(training(spin(1), 2) / training(spin(0), 2)).toBeGreaterThan(1.8)
    expect(training(spin(2), 2)).toBe(training(spin(1), 2))
    expect(training(spin(2, 3), 2) / training(spin(0, 3), 2)).toBeGreaterThan(2.3) // two and three rounds
  })

  it('counts fewer micro-batches where a GPU has memory for larger ones', () => {
    const on = (device: number | null) => totalSeconds(runTime(smallShape, recipeOf({ sft: { batch_size: 512 } }), demoSeeds, 1e5, device))
    expect(on(139e9)).toBeLessThan(on(null))
    expect(on(6e9)).toBe(on(null))
  })

  it('counts the choice of a checkpoint in the trainings of iterations: answers and verdicts of each comparison', () => {
    const training = (checkpoint_choice: object, changes: object = {}, iteration = 1): number =>
      runTime(smallShape, recipeOf({ prompts: { count: 2000 }, checkpoint_choice, ...changes }), demoSeeds, 400).find(
        (one) => one.iteration === iteration && one.stage === 'train',
      )!.seconds
    const compared = (changes: object, more: object = {}) => training({ every: 20, ...changes }, more) - training({}, more)
    expect(compared({})).toBeGreaterThan(0)
    expect(compared({ every: 10 }) / compared({})).toBeGreaterThan(1.8) // 1,400 pairs are 88 steps: four comparisons, or eight
    expect(compared({ every: 10 }) / compared({})).toBeLessThan(2.2)
    expect(compared({ count: 506 }) / compared({ count: 253 })).toBeGreaterThan(1.8)
    expect(compared({ every: 1000 })).toBeLessThan(compared({}) / 20) // one checkpoint has nothing to be compared with
    expect(compared({}, { evaluation: { method: 'reward' } })).not.toBeCloseTo(compared({}), 0)
    const selfSft = { method: 'self-sft', self_sft: { training: { batch_size: 16 } } }
    expect(compared({}, selfSft)).toBeGreaterThan(0)
    expect(training({ every: 20 }, {}, 0)).toBe(training({}, {}, 0)) // M1 has no judge before it
  })

  it('falls on a faster machine, but not to zero', () => {
    expect(secondsOf({}, 4000)).toBeLessThan(secondsOf({}, 400))
    expect(secondsOf({}, 1e9)).toBeGreaterThan(1)
  })

  it('includes every stage that takes time, in every iteration', () => {
    const stages = runTime(smallShape, recipeOf({}), demoSeeds, 400).map(({ iteration, stage }) => `${iteration} ${stage}`)
    expect(stages).toContain('0 train')
    expect(stages.filter((stage) => stage.startsWith('2'))).toEqual(['2 prompts', '2 candidates', '2 judgements', '2 train', '2 evaluate'])
  })

  it('includes the responses that programs grade, and their judging, where the recipe has some', () => {
    const graded = (changes: object) =>
      runTime(
        smallShape,
        recipeOf({ seed_data: { ift: '/i', eft_form: 'requirements', graded_prompts: '/g', ...changes } }),
        demoSeeds,
        400,
      )
    const secondsOf = (changes: object, at: string): number | undefined =>
      graded(changes).find(({ iteration, stage }) => `${iteration} ${stage}` === at)?.seconds
    const without = runTime(smallShape, recipeOf({}), demoSeeds, 400)
    expect(without.map(({ stage }) => stage)).not.toContain('eft')
    expect(graded({}).map(({ stage }) => stage)).not.toContain('baseline')
    expect(graded({ graded_writer: 'SFT' }).map(({ stage }) => stage)).toContain('baseline')
    expect(secondsOf({ graded_samples: 8 }, '0 eft')).toBeGreaterThan(secondsOf({}, '0 eft')!)
    expect(secondsOf({ graded_held_out: 64 }, '2 evaluate')).toBeGreaterThan(secondsOf({}, '2 evaluate')!)
    expect(secondsOf({ eft_limit: 0 }, '0 train')).toBeLessThan(secondsOf({ eft_limit: 600 }, '0 train')!)
  })

  it('counts no fine-tuning and no judging if there is none', () => {
    const times = runTime(smallShape, recipeOf({ sft: null, judge: { method: 'random' } }), demoSeeds, 400)
    expect(times.find(({ iteration, stage }) => iteration === 1 && stage === 'judgements')?.seconds).toBe(0)
    expect(times.find(({ stage }) => stage === 'train')!.seconds).toBeLessThan(2)
  })
})
