import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { detailsOf } from '../../main/app/runs/show-run.ts'
import { consistencyProblems } from '../../main/loop/recipe/recipe-problems.ts'
import { workOn } from '../../main/loop/session.ts'
import type { GenerateParams, TrainParams } from '../../main/shared/engine-protocol.ts'
import { type RecipeInput, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { recordingStandIn, type StandInOptions, standInEngine } from '../support/stand-in-engine.ts'
import { contentOfKilledRun, contentOfRun, createTinyRun, tinyRecipe } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
let trainings: TrainParams[]
let generations: GenerateParams[]
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
  trainings = []
  generations = []
})

const work = (runId: string, options: StandInOptions = {}) =>
  workOn({ store, home, runId, startEngine: async () => recordingStandIn(options, { trainings, generations }) })

/** Enough pairs for a training of several steps, of which every second is compared. */
const recipe = (changes: Partial<RecipeInput> = {}): Partial<RecipeInput> => ({
  ...{ iterations: 1, prompts: { count: 12 }, candidates: { count: 4 }, dpo: { batch_size: 1, save_steps: 3 } },
  checkpoint_choice: { every: 2, count: 3 },
  ...changes,
})

const shown = (runId: string) => detailsOf(store, store.runs.resolve(runId)).models.find(({ name }) => name === 'M2')!
const stepsOf = (runId: string): number => store.trainings.find(runId, 'M2')!.steps!

describe('the choice of a checkpoint', () => {
  it('compares each checkpoint with the one before it, and keeps the last if none loses', async () => {
    const runId = createTinyRun(store, home, recipe())
    expect(await work(runId, { verdict: () => '[[C]]' })).toBe('finished')
    const steps = stepsOf(runId)
    expect(steps).toBeGreaterThan(5)
    const { checkpoints, data, path } = shown(runId)
    expect(checkpoints.map(({ step, against }) => [step, against])).toEqual(
      Array.from({ length: Math.ceil(steps / 2) - 1 }, (_, i) => [Math.min(2 * (i + 2), steps), 2 * (i + 1)]),
    )
    expect(checkpoints.every(({ win_rate, n, judge }) => win_rate === 0.5 && n === 3 && judge === 'M1')).toBe(true)
    expect(data).not.toContain('checkpoint')
    expect(store.metrics.lastStep(store.trainings.find(runId, 'M2')!.id)).toBe(steps)
    expect(existsSync(join(path, '..', '..', 'checkpoints', 'M2'))).toBe(false)
  })

  it('stops when a checkpoint loses, and keeps the one before it', async () => {
    const runId = createTinyRun(store, home, recipe())
    await work(runId, losingFrom(6))
    const { checkpoints, data, training } = shown(runId)
    expect(checkpoints.map(({ step, win_rate }) => [step, win_rate])).toEqual([
      [4, 0.5],
      [6, 0],
    ])
    expect(data).toContain(`(best checkpoint: after 4 of ${stepsOf(runId)} steps)`)
    expect(training).toMatchObject({ steps: 6, planned_steps: stepsOf(runId), kept_step: 4 })
    expect(weightsOf(runId)).toBe(await weightsAfter(4))
  })

  it('with patience, compares further with the best one', async () => {
    const runId = createTinyRun(store, home, recipe({ checkpoint_choice: { every: 2, count: 3, patience: 2 } }))
    await work(runId, losingFrom(4))
    expect(shown(runId).checkpoints.map(({ step, against }) => [step, against])).toEqual([
      [4, 2],
      [6, 2],
    ])
    expect(weightsOf(runId)).toBe(await weightsAfter(2))
  })

  it('counts an unreadable comparison as no loss', async () => {
    const runId = createTinyRun(store, home, recipe())
    await work(runId, { verdict: () => 'Hard to say.' })
    const { checkpoints } = shown(runId)
    expect(checkpoints[0]).toMatchObject({ win_rate: null, n: 0, unreadable: 3 })
    expect(checkpoints.at(-1)!.step).toBe(stepsOf(runId))
  })

  it('answers validation prompts that are in no other part of the seed data', async () => {
    const runId = createTinyRun(store, home, recipe())
    await work(runId)
    const validation = store.evaluationUnits.of({ runId }, ['validation']).map(({ value }) => value)
    expect(validation).toHaveLength(3)
    const others = (['ift', 'held-out', 'demonstration'] as const).flatMap((kind) => store.examples.ofKind(runId, kind))
    expect(others.map(({ instruction }) => instruction).filter((text) => validation.includes(text))).toEqual([])
  })

  it('ends with the same rows and models however often the run was killed', async () => {
    const options = losingFrom(6)
    expect(await work(createTinyRun(store, home, recipe({ iterations: 2 })), options)).toBe('finished')
    const whole = contentOfRun(home)
    expect(await contentOfKilledRun(recipe({ iterations: 2 }), (attempt) => ({ ...options, diesAfter: (7 + 3 * attempt) % 40 }))).toEqual(
      whole,
    )
  })

  it('is off by default: the training is a single request', async () => {
    const runId = createTinyRun(store, home, recipe({ checkpoint_choice: {} }))
    await work(runId)
    expect(trainings.filter(({ task }) => task === 'dpo').map(({ pause }) => pause)).toEqual([undefined])
    expect(shown(runId).checkpoints).toEqual([])
  })

  it('names a judge that isn’t one', () => {
    const wrong = recipeSchema.parse(tinyRecipe(home, recipe({ checkpoint_choice: { every: 2, judge: 'M7' } })))
    expect(consistencyProblems(wrong)).toMatchObject([{ key: 'checkpoint_choice.judge', message: expect.stringContaining('M7') }])
  })
})

/** Checkpoints answer with their step, and from a step on, a later one loses against an earlier one; before, they tie. */
const losingFrom = (step: number): StandInOptions => ({
  answer: (model) => (model.includes('candidates') ? `step ${stepOf(basename(model))}` : undefined),
  verdict(prompt) {
    const [a, b] = [...prompt.matchAll(/step (\d+)/g)].map(([, at]) => Number(at))
    return Math.max(a, b) < step ? '[[C]]' : a < b ? '[[A]]' : '[[B]]'
  },
})
const stepOf = (folder: string): number => (folder === 'last' ? 999 : Number(folder.slice('step-'.length)))

const weightsOf = (runId: string): string => readFileSync(join(shown(runId).path, 'weights'), 'utf8')

/** The weights of the same training after some steps. */
async function weightsAfter(steps: number): Promise<string> {
  const training = trainings.find(({ task }) => task === 'dpo')!
  const [out, folder] = [join(home, 'again'), join(home, 'after')]
  const params = { ...training, out, checkpoints: join(home, 'other checkpoints'), pause: { at: steps, model: folder } }
  for await (const _ of standInEngine().train(params));
  return readFileSync(join(folder, 'weights'), 'utf8')
}
