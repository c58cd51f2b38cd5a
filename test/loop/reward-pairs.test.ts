import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRows } from '../../main/app/charts/row-tables.ts'
import { runsApi } from '../../main/app/runs/runs.ts'
import { checkRecipe } from '../../main/loop/recipe/recipe-problems.ts'
import { workOn } from '../../main/loop/session.ts'
import type { RewardRow, SftRow, TrainParams } from '../../main/shared/engine-protocol.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { recordingStandIn } from '../support/stand-in-engine.ts'
import { createTinyRun, tinyRecipe } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

type SeedData = NonNullable<RecipeInput['seed_data']>

const changesOf = (seed_data: SeedData, changes: Partial<RecipeInput> = {}): Partial<RecipeInput> => ({
  iterations: 0,
  evaluation: { count: 0 },
  judge: { method: 'yes' },
  ...changes,
  seed_data: { ift: join(home, 'ift.jsonl'), ranked: join(home, 'ranked.jsonl'), ranked_held_out: 4, ...seed_data },
})

/** Executes a run, and returns its trainings. */
async function trainingsOf(seed_data: SeedData, changes: Partial<RecipeInput> = {}): Promise<TrainParams[]> {
  const trainings: TrainParams[] = []
  const engine = recordingStandIn({}, { trainings })
  const runId = createTinyRun(store, home, changesOf(seed_data, changes))
  expect(await workOn({ store, home, runId, startEngine: async () => engine })).toBe('finished')
  return trainings
}

const question = /<request>\n(.*)\n<\/request>\n\n<response>\n(.*)\n<\/response>\n\nIs this a good response/s

/** The prompt and the two answers of a pair. */
function readPair({ better, worse }: RewardRow) {
  const [one, other] = [better, worse].map((input) => question.exec('prompt' in input ? input.prompt : '')!)
  expect(other[1]).toBe(one[1])
  return { prompt: one[1], better: one[2], worse: other[2] }
}

describe('a run whose judge examples are pairs', () => {
  it('shows the pairs that M1 was trained on, page by page', async () => {
    const trainings = await trainingsOf({ eft_form: ['ranked', 'made'], reward_pairs: 12 })
    const trained = (trainings.find(({ task }) => task === 'reward')!.rows as RewardRow[]).map(readPair)
    const runId = store.runs.list()[0].id
    const read = readRows(store)
    const shown = (['ranked', 'made'] as const).flatMap((kind) => read.rewardPairs({ runId, kind, offset: 0, limit: 100 }).rows)
    expect(shown.map(({ id: _, ...pair }) => pair)).toEqual(trained)
    const { total, rows } = read.rewardPairs({ runId, kind: 'ranked', offset: 1, limit: 2 })
    expect(rows.map(({ id }) => id)).toEqual([1, 2])
    expect(total).toBeGreaterThan(2)
  })

  it('fine-tunes the baseline on instructions, and trains M1 from it on pairs in the words of the judge', async () => {
    const [first, second, ...more] = await trainingsOf({ eft_form: 'ranked' }, { reward: { learning_rate: 3e-5, label_smoothing: 0.1 } })
    expect(more).toEqual([])
    expect([first.task, second.task]).toEqual(['sft', 'reward'])
    expect(second).toMatchObject({ config: { learning_rate: 3e-5, label_smoothing: 0.1, dropout: 0 } })
    const [run] = store.runs.list()
    const models = store.models.ofRun(run.id)
    expect(models.map(({ name, initialisedFrom, reference }) => [name, initialisedFrom, reference])).toEqual([
      ['M0', null, null],
      ['SFT', 'M0', null],
      ['M1', 'SFT', null],
    ])
    expect(second.model).toBe(models[1].path)
    const rows = second.rows as RewardRow[]
    for (const { yes, no } of rows) expect([yes, no]).toEqual(['Yes', 'No'])
    const pairs = rows.map(readPair)
    expect(pairs.length).toBeGreaterThan(8)
    const rankOf = (answer: string): number => Number(/Answer (\d)/.exec(answer)![1])
    for (const { better, worse } of pairs) expect(rankOf(better)).toBeLessThan(rankOf(worse))
    const heldOut = new Set(store.examples.ofKind(run.id, 'ranked-held-out').map(({ instruction }) => instruction))
    expect(pairs.filter(({ prompt }) => heldOut.has(prompt))).toEqual([])
    expect(runsApi({ home, store }).show(run.id).models[2].data).toBe(`${pairs.length} human-ranked and 0 made pairs`)
  })

  it('makes pairs of the instruction examples and spoiled copies, as many as the recipe says of both forms', async () => {
    const ift = join(home, 'longer.jsonl')
    const texts = Array.from(
      { length: 30 },
      (_, i) => `Thing ${i} is made of wood. It has two wheels, and a handle. Turn it, and it works.`,
    )
    writeFileSync(ift, texts.map((response, i) => `${JSON.stringify({ prompt: `Explain thing number ${i}`, response })}\n`).join(''))
    const [, { rows }] = await trainingsOf({ ift, eft_form: ['ranked', 'made'], reward_pairs: 11, made_flaws: ['truncated', 'repeated'] })
    const pairs = (rows as RewardRow[]).map(readPair)
    const made = pairs.filter(({ prompt }) => prompt.startsWith('Explain'))
    expect(pairs.length - made.length).toBeLessThanOrEqual(5)
    expect(made).toHaveLength(4) // couples only: no two texts are of equal length
    const longer = made.filter(({ better, worse }) => better.length > worse.length)
    expect(longer).toHaveLength(made.length / 2)
  })

  it('has the baseline learn verdicts of programs first', async () => {
    const graded = { graded_prompts: join(home, 'graded.jsonl'), graded_held_out: 3 }
    const [first, second] = await trainingsOf({ eft_form: ['requirements', 'made'], ...graded })
    expect([first.task, second.task]).toEqual(['sft', 'reward'])
    expect((first.rows as SftRow[]).filter(({ promptWeight }) => promptWeight === 0).length).toBeGreaterThan(4)
  })

  it('without anything to fine-tune on trains M1 from M0', async () => {
    const trainings = await trainingsOf({ eft_form: 'ranked', ift: null }, { prompts: { method: 'pre-query' } })
    expect(trainings.map(({ task, model }) => [task, model])).toEqual([['reward', join(home, 'base')]])
  })
})

describe('a recipe with pairs', () => {
  it('needs answers, and a judge that the pairs train', () => {
    const keysOf = (seed_data: SeedData, changes: Partial<RecipeInput> = {}): string[] =>
      checkRecipe(tinyRecipe(home, changesOf(seed_data, { prompts: { method: 'pre-query' }, ...changes }))).problems.map(({ key }) => key)
    expect(keysOf({ eft_form: ['ranked', 'made'] })).toEqual([])
    expect(keysOf({ eft_form: ['ranked', 'judgements'] })).toEqual(['seed_data.eft_form'])
    expect(keysOf({ eft_form: 'ranked', ranked: null })).toEqual(['seed_data.ranked'])
    expect(keysOf({ eft_form: 'made', ranked: null })).toEqual([])
    expect(keysOf({ eft_form: 'made', ranked: null, ift: null })).toEqual(['seed_data.ift'])
    expect(keysOf({ eft_form: 'made' }, { judge: { method: 'expected' } })).toEqual(['judge.method'])
    expect(keysOf({ eft_form: 'made', made_flaws: [] })).toEqual(['seed_data.made_flaws'])
    const graded = { graded_prompts: join(home, 'graded.jsonl') }
    expect(keysOf({ eft_form: ['made', 'requirements'], ...graded }, { judge: { method: 'checklist' } })).toEqual([])
    expect(keysOf({ eft_form: ['made', 'requirements'], graded_writer: 'SFT', ...graded })).toEqual(['seed_data.graded_writer'])
  })
})
