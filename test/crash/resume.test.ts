import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { generators } from '../../main/common/random.ts'
import type { JobState } from '../../main/shared/enums.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { StandInOptions } from '../support/stand-in-engine.ts'
import { contentOfRun, createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

const { deriveSeed, uniform } = generators.murmur

/** Recipes that together cover every way of judging, comparing, and writing prompts. */
const recipes: Record<string, Partial<RecipeInput>> = {
  'the paper’s judge': {},
  'expected scores and pre-query prompts': {
    judge: { method: 'expected' },
    prompts: { count: 6, method: 'pre-query' },
    evaluation: { count: 3, method: 'reward' },
  },
  'ticks, and prompts by M1': {
    judge: { method: 'ticks', prompt: 'ticks', ticks: { yes: '+', no: '-', count: 5 } },
    prompts: { count: 6, writer: 'M1' },
    evaluation: { count: 3, judge: 'current' },
  },
  'comparisons in both orders': { judge: { method: 'pairwise', length_ratio: 3 } },
  'checklists by the judge': { judge: { method: 'checklist' }, evaluation: { count: 3, method: 'reward' } },
  'the same final answer': { judge: { method: 'majority' }, prompts: { count: 14 }, evaluation: { count: 6 } },
  'the implicit reward': { judge: { method: 'implicit' }, evaluation: { count: 3, method: 'reward' } },
}

/** A recipe that needs files of the run's home. */
const gradedRecipe = (home: string): Partial<RecipeInput> => ({
  seed_data: {
    ...{ ift: join(home, 'ift.jsonl'), graded_prompts: join(home, 'graded.jsonl') },
    ...{ eft_form: ['requirements'], graded_held_out: 4, graded_writer: 'SFT' },
  },
  judge: { method: 'checklist' },
})

const pairsRecipe = (home: string): Partial<RecipeInput> => ({
  seed_data: {
    ...{ ift: join(home, 'ift.jsonl'), ranked: join(home, 'ranked.jsonl'), ranked_held_out: 4, graded_prompts: join(home, 'graded.jsonl') },
    ...{ eft_form: ['requirements', 'ranked', 'made'], graded_held_out: 4 },
  },
  reward: { batch_size: 2, save_steps: 1 },
  judge: { method: 'checklist' },
})

type Changes = (home: string) => Partial<RecipeInput>
const everyRecipe: [string, Changes][] = [
  ...Object.entries(recipes).map(([name, changes]): [string, Changes] => [name, () => changes]),
  ['graded responses', gradedRecipe],
  ['pairs of answers', pairsRecipe],
]

/** Everything an uninterrupted run produced. */
async function uninterrupted(changes: Changes): Promise<Record<string, unknown[]>> {
  const { home, remove } = tinyHome()
  const store = openTinyStore(home)
  const status = await workWithStandIn(store, home, createTinyRun(store, home, changes(home)))
  expect(status).toBe('finished')
  store.close()
  const content = contentOfRun(home)
  remove()
  return content
}

describe.each(everyRecipe)('a run with %s', { timeout: 120_000 }, (_, changes) => {
  let whole: Record<string, unknown[]>
  let home: string
  let remove: () => void
  beforeAll(async () => {
    whole = await uninterrupted(changes)
  })
  beforeEach(() => {
    ;({ home, remove } = tinyHome())
  })
  afterEach(() => remove())

  /** Runs sessions, each with the disturbance from `mishap`, until the run is finished. */
  async function workThrough(mishap: (session: number) => StandInOptions & { stopsAfter?: number }): Promise<number> {
    let store = openTinyStore(home)
    const runId = createTinyRun(store, home, changes(home))
    for (let session = 0; session < 500; session++) {
      const { stopsAfter, ...engine } = mishap(session)
      const stop = new AbortController()
      const onItem = (given: number): void => {
        if (given === stopsAfter) stop.abort()
      }
      const status: JobState | undefined = await workWithStandIn(store, home, runId, { ...engine, onItem }, { signal: stop.signal }).catch(
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'ENGINE_LOST', message: expect.stringContaining('last words of the engine') })
          expect(store.runs.find(runId)).toMatchObject({ status: 'failed', error: { code: 'ENGINE_LOST' } })
          return undefined
        },
      )
      store.close()
      if (status === 'finished') return session
      store = openTinyStore(home)
    }
    throw new Error("the run doesn't finish")
  }

  it.each([0, 1, 2, 3])('whose engine dies repeatedly (%i) ends with the same rows and models', async (offset) => {
    const lives = (session: number): number => 10 + Math.floor(uniform(deriveSeed(offset, 'life'), session) * 60)
    const sessions = await workThrough((session) => ({ diesAfter: session === 0 ? offset : lives(session) }))
    expect(sessions).toBeGreaterThan(5)
    expect(contentOfRun(home)).toEqual(whole)
  })

  it('that the user stops repeatedly ends with the same rows and models', async () => {
    const sessions = await workThrough((session) => ({ stopsAfter: 10 + ((session * 37) % 50) }))
    expect(sessions).toBeGreaterThan(5)
    expect(contentOfRun(home)).toEqual(whole)
  })
})

it('a different seed gives a different run', { timeout: 120_000 }, async () => {
  const [one, other] = [await uninterrupted(() => ({})), await uninterrupted(() => ({ seed: 8 }))]
  expect(one.models).not.toEqual(other.models)
  expect(one.models).toEqual((await uninterrupted(() => ({}))).models)
})
