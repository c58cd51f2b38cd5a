import { describe, expect, it } from 'vitest'
import { distributionsOf, reviewedOf } from '../../main/app/charts/distributions.ts'
import { readRows } from '../../main/app/charts/row-tables.ts'
import { timelineOf } from '../../main/app/charts/timeline.ts'
import { runExports } from '../../main/app/export/exports.ts'
import { reviewsApi } from '../../main/app/review/reviews.ts'
import { detailsOf } from '../../main/app/runs/show-run.ts'
import { reportOf } from '../../main/loop/iteration-report.ts'
import { consistencyProblems } from '../../main/loop/recipe/recipe-problems.ts'
import { workOn } from '../../main/loop/session.ts'
import type { DpoRow, GenerateParams, SftRow, TrainParams } from '../../main/shared/engine-protocol.ts'
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

function work(runId: string, options: StandInOptions = {}) {
  const engine = recordingStandIn(options, { trainings, generations })
  return workOn({ store, home, runId, startEngine: async () => engine })
}

const textOf = (side: unknown): string => (side as { content: string }[])[0].content

describe.each(['spin', 'self-sft'] as const)('a run by the method %s', (method) => {
  it('ends with the same models however often it was killed', async () => {
    const recipe: Partial<RecipeInput> = { method, iterations: 2 }
    expect(await work(createTinyRun(store, home, recipe))).toBe('finished')
    const whole = contentOfRun(home)
    expect(whole.models.map((row) => (row as { name: string }).name)).toEqual(['M0', 'M1', 'M2', 'M3', 'SFT'])
    expect(await contentOfKilledRun(recipe, (attempt) => ({ diesAfter: 25 + 25 * attempt }))).toEqual(whole)
  })

  it('judges nothing: it has no such stage, no rewards, and no warning about them', async () => {
    const runId = createTinyRun(store, home, { method, iterations: 1 })
    await work(runId)
    const run = store.runs.resolve(runId)
    const { stages } = timelineOf(store, reviewedOf(store), run)
    const planned = {
      spin: ['prompts', 'candidates', 'pairs', 'review', 'train', 'evaluate'],
      'self-sft': ['prompts', 'candidates', 'train', 'evaluate'],
    }
    expect(stages.filter(({ iteration }) => iteration === 1).map(({ stage }) => stage)).toEqual(planned[method])
    expect(stages.every(({ state }) => state === 'done')).toBe(true)
    expect(store.judgements.ofCandidates(runId, 1)).toEqual([])
    expect(distributionsOf(store, reviewedOf(store))(run)).toEqual([])
    const { models, warnings } = detailsOf(store, run)
    const m1 = models.find(({ name }) => name === 'M1')!
    expect(m1.made).toMatchObject({ prompts: 6, judgements: 0, mean_reward: null, tie_share: null, top_share: null })
    expect(m1.made!.mean_length).toBeGreaterThan(0)
    expect(warnings.filter(({ iteration, code }) => iteration === 1 && code !== 'few-pairs')).toEqual([])
  })
})

describe('SPIN', () => {
  it('prefers the seed data’s response to M_t’s own, with M_t as the reference', async () => {
    const runId = createTinyRun(store, home, { method: 'spin', iterations: 2, spin: { earlier_iterations: 0 } })
    await work(runId)
    const seeds = new Map(store.examples.ofKind(runId, 'ift').map(({ instruction, response }) => [instruction, response]))
    for (const iteration of [1, 2]) {
      const training = trainings.at(iteration - 3)!
      expect([training.task, training.rows.length]).toEqual(['dpo', 6])
      const own = store.candidates.ofIteration(runId, iteration).filter(({ model }) => model === null)
      const rows = training.rows as DpoRow[]
      expect(rows.map(({ prompt, chosen }) => [textOf(prompt), textOf(chosen)])).toEqual(
        own.map(({ instruction }) => [instruction, seeds.get(instruction)]),
      )
      expect(rows.map(({ rejected }) => textOf(rejected))).toEqual(own.map(({ text }) => text))
      expect(store.models.find(runId, `M${iteration + 1}`)).toMatchObject({ initialisedFrom: `M${iteration}`, reference: `M${iteration}` })
    }
    const prompts = [1, 2].map((iteration) => store.prompts.accepted(runId, iteration).map(({ text }) => text))
    expect(prompts[0]).not.toEqual(prompts[1]) // drawn again for each iteration
  })

  it('trains on the pairs of the iteration before again, as it trained on them then', async () => {
    const runId = createTinyRun(store, home, { method: 'spin', iterations: 3, review: { wait: true } })
    await work(runId)
    const reviews = reviewsApi(store)
    const [swapped, dropped] = store.pairs.ofIteration(runId, 1)
    reviews.decide({ pairId: swapped.id, decision: 'swap' })
    reviews.decide({ pairId: dropped.id, decision: 'both-bad' })
    for (const iteration of [1, 2, 3]) {
      store.runs.confirmReview(runId, iteration)
      await work(runId)
      if (iteration === 1) reviews.decide({ pairId: swapped.id, decision: 'agree' }) // too late for its training
    }
    const [first, second, third] = trainings.slice(-3).map(({ rows }) => rows)
    expect([first, second, third].map(({ length }) => length)).toEqual([5, 11, 12])
    expect(second.slice(6)).toEqual(first)
    expect(third.slice(6)).toEqual(second.slice(0, 6))
    expect(textOf((second[6] as DpoRow).chosen)).toBe(swapped.rejectedText)
    expect(store.models.find(runId, 'M3')).toMatchObject({ reference: 'M2', data: '6 pairs of M2, and 5 of earlier iterations' })
    expect(store.stages.find(runId, 2, 'train')?.summary).toMatchObject({ rows: 11, pairs: 6, repeated_pairs: 5 })
  })

  it('trains on the pairs of as many earlier iterations as spin.earlier_iterations says', async () => {
    const runId = createTinyRun(store, home, { method: 'spin', iterations: 3, spin: { earlier_iterations: 2 } })
    await work(runId)
    expect(trainings.slice(-3).map(({ rows }) => rows.length)).toEqual([6, 12, 18])
  })

  it('learns no end from repeated answers that were cut off', async () => {
    const runId = createTinyRun(store, home, { method: 'spin', iterations: 2 })
    await work(runId, { isCut: (text) => text.length % 3 === 0 })
    const [first, second] = trainings.slice(-2).map(({ rows }) => rows as DpoRow[])
    expect(first.some(({ rejected }) => 'unfinished' in (rejected as object))).toBe(true)
    expect(second.slice(6)).toEqual(first)
  })

  it('makes no pair where the model writes the seed data’s response', async () => {
    const runId = createTinyRun(store, home, { method: 'spin', iterations: 1 })
    const engine = standInEngine()
    const generate: typeof engine.generate = async function* (params, call) {
      const seeds = new Map(store.examples.ofKind(runId, 'ift').map(({ instruction, response }) => [instruction, response!]))
      for await (const item of engine.generate(params, call)) {
        const { input } = params.rows[item.row]
        const seed = 'prompt' in input ? seeds.get(input.prompt) : undefined
        yield seed !== undefined && item.row > 0 ? { ...item, text: ` ${seed}\n` } : item
      }
    }
    await workOn({ store, home, runId, startEngine: async () => ({ ...engine, generate }) })
    expect(store.pairs.ofIteration(runId, 1).map(({ position }) => position)).toEqual([0])
    expect(store.events.ofKind(runId, 'warning').map(({ event }) => (event as { code: string }).code)).toContain('low-yield')
  })

  it('takes every seed example if there are fewer than prompts.count', async () => {
    const runId = createTinyRun(store, home, { method: 'spin', iterations: 1, prompts: { count: 100 } })
    await work(runId)
    const examples = store.examples.ofKind(runId, 'ift')
    expect(store.prompts.accepted(runId, 1).map(({ text }) => text)).toEqual(examples.map(({ instruction }) => instruction))
    const report = reportOf({ store, runId }, 1, 'M1')
    expect(report).toMatchObject({ promptsAccepted: examples.length, pairs: examples.length, yield: 1, leftOut: 0, rewardRange: null })
    const own = store.candidates.ofIteration(runId, 1).filter(({ model }) => model === null)
    expect(report.meanLength).toBeCloseTo(own.reduce((sum, { text }) => sum + text.length, 0) / own.length, 12)
  })

  it('has pairs without rewards, on which a user decides as on others, but which have no scores to change', async () => {
    const runId = createTinyRun(store, home, { method: 'spin', iterations: 1, review: { wait: true } })
    expect(await work(runId)).toBe('waiting-for-review')
    const pairs = store.pairs.ofIteration(runId, 1)
    expect(new Set(pairs.flatMap(({ chosenReward, rejectedReward }) => [chosenReward, rejectedReward]))).toEqual(new Set([null]))
    const reviews = reviewsApi(store)
    const [swapped, ...kept] = pairs
    reviews.decide({ pairId: swapped.id, decision: 'swap' })
    expect(() => reviews.rescore(swapped.chosenId, 3)).toThrow(/no judge/)
    const shown = readRows(store).pairs({ runId, iteration: 1, offset: 0, limit: 10 }).rows
    expect(shown.map(({ chosenReward }) => chosenReward)).toEqual(pairs.map(() => null))
    const choice = { run: runId, what: 'pairs', form: 'csv', iterations: null, pairs: 'reviewed', model: null } as const
    const { rows } = runExports(store, home).summary(choice)
    expect(rows).toBe(pairs.length)
    store.runs.confirmReview(runId, 1)
    await work(runId)
    expect((trainings.at(-1)!.rows as DpoRow[]).map(({ chosen }) => textOf(chosen))).toEqual([
      swapped.rejectedText,
      ...kept.map(({ chosenText }) => chosenText),
    ])
  })
})

describe('self-SFT', () => {
  it('fine-tunes M_t on its own answers to new prompts, sampled as the recipe’s self_sft says', async () => {
    const runId = createTinyRun(store, home, {
      method: 'self-sft',
      iterations: 1,
      candidates: { temperature: 1.5, max_new_tokens: 33, stop: ['END'] },
      self_sft: { samples: 2, training: { epochs: 2, batch_size: 3 } },
    })
    await work(runId)
    const { task, rows, config } = trainings.at(-1)!
    const candidates = store.candidates.ofIteration(runId, 1)
    expect(candidates).toHaveLength(12)
    expect(task).toBe('sft')
    expect((rows as SftRow[]).map(({ prompt, completion }) => [textOf(prompt), textOf(completion)])).toEqual(
      candidates.map(({ instruction, text }) => [instruction, text]),
    )
    expect(config).toMatchObject({ epochs: 2, batch_size: 3 })
    const sampled = generations.filter(({ sampling }) => sampling.maxNewTokens === 33)
    expect(
      new Set(sampled.map(({ sampling }) => JSON.stringify([sampling.temperature, sampling.topP, sampling.topK, sampling.stop]))),
    ).toEqual(new Set([JSON.stringify([0.6, 1, 20, ['END']])]))
    expect(store.models.find(runId, 'M2')).toMatchObject({ initialisedFrom: 'M1', reference: null, data: '12 responses of M1' })
  })

  it('is trained with the settings of M1 unless it has its own', async () => {
    const runId = createTinyRun(store, home, { method: 'self-sft', iterations: 1, sft: { batch_size: 5, save_steps: 2 } })
    await work(runId)
    expect(trainings.at(-1)!.config).toMatchObject({ batch_size: 5, save_steps: 2 })
  })

  it('learns no end from answers that were cut off', async () => {
    const runId = createTinyRun(store, home, { method: 'self-sft', iterations: 1 })
    const isCut = (text: string): boolean => text.length % 3 === 0
    await workOn({ store, home, runId, startEngine: async () => recordingStandIn({ isCut }, { trainings }) })
    const completions = (trainings.at(-1)!.rows as SftRow[]).map(({ completion }) => completion)
    const candidates = store.candidates.ofIteration(runId, 1)
    expect(new Set(candidates.map(({ finishReason }) => finishReason))).toEqual(new Set(['stop', 'length']))
    expect(completions).toEqual(
      candidates.map(({ text, finishReason }) =>
        finishReason === 'length' ? { unfinished: text } : [{ role: 'assistant', content: text }],
      ),
    )
  })
})

describe('a recipe’s method', () => {
  const problemsOf = (changes: Partial<RecipeInput>) =>
    consistencyProblems(recipeSchema.parse(tinyRecipe(home, changes))).map(({ key }) => key)

  it('needs seed examples for SPIN, and settings to fine-tune with for self-SFT', () => {
    expect(problemsOf({ method: 'spin', seed_data: {}, sft: null, prompts: { method: 'pre-query' } })).toEqual(['seed_data.ift'])
    expect(problemsOf({ method: 'self-sft', sft: null })).toEqual(['self_sft.training'])
    expect(problemsOf({ method: 'self-sft', sft: null, self_sft: { training: {} } })).toEqual([])
    expect(problemsOf({ method: 'spin' })).toEqual([])
  })
})
