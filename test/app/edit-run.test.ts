import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RunsApi, runsApi } from '../../main/app/runs/runs.ts'
import { homePaths } from '../../main/common/home.ts'
import type { RecipeDocument } from '../../main/shared/contract/new-run-contract.ts'
import { LaurelError } from '../../main/shared/errors.ts'
import type { RunEvent, StageName } from '../../main/shared/run-events.ts'
import type { Store } from '../../main/store/store.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let store: Store
let runs: RunsApi

beforeEach(() => {
  ;({ home, remove } = tinyHome())
  store = openTinyStore(home)
  runs = runsApi({ home, store })
})
afterEach(() => {
  store.close()
  remove()
})

/** The run's recipe with one value changed. */
function changed(id: string, key: string, value: unknown): RecipeDocument {
  const recipe = structuredClone(runs.show(id).recipe) as RecipeDocument
  const [group, name] = key.split('.')
  if (name === undefined) recipe[group] = value
  else (recipe[group] as RecipeDocument)[name] = value
  return recipe
}
const edit = (id: string, key: string, value: unknown) => runs.edit(id, changed(id, key, value))
const problemsOf = async (id: string, key: string, value: unknown): Promise<string[]> =>
  (await runs.checkChange(id, changed(id, key, value))).problems.map((problem) => problem.key)
const notes = (id: string): string[] =>
  store.events.ofKind(id, 'note').map(({ event }) => (event as Extract<RunEvent, { kind: 'note' }>).text)

/** A run whose engine died during a stage. */
async function failedIn(iteration: number, stage: StageName, changes = {}): Promise<string> {
  const id = createTinyRun(store, home, changes)
  let items = 0
  const onItem = (): void => {
    const run = store.runs.resolve(id)
    if (run.iteration !== iteration || run.stage !== stage || ++items < 4) return
    throw new LaurelError('ENGINE_LOST', 'The engine process died (test).', 'Resume the run.')
  }
  await workWithStandIn(store, home, id, { onItem }).catch(() => {})
  expect(runs.show(id)).toMatchObject({ status: 'failed', iteration, stage })
  return id
}

describe('before its first start', () => {
  it('a run’s whole recipe can be changed', async () => {
    const id = createTinyRun(store, home)
    expect(await edit(id, 'seed', 99)).toEqual([])
    await edit(id, 'prompts.count', 5)
    expect(runs.show(id).recipe).toMatchObject({ seed: 99, prompts: { count: 5 } })
    expect(notes(id)).toEqual([])
  })

  it('a change with a problem changes nothing', async () => {
    const id = createTinyRun(store, home)
    await expect(edit(id, 'prompts.count', 0)).rejects.toMatchObject({ code: 'BAD_INPUT', message: 'prompts.count: Must be at least 1.' })
    expect(runs.show(id).recipe.prompts.count).toBe(6)
  })
})

describe('after a failure', () => {
  it('a value that no stored row depends on can change, and the run continues from its rows', async () => {
    const id = await failedIn(1, 'candidates')
    const prompts = store.counts.prompts(id, 1).accepted
    expect(await edit(id, 'dpo.learning_rate', 2e-5)).toEqual([])
    expect(notes(id).at(-1)).toContain('dpo.learning_rate from 0.000001 to 0.00002')
    expect(await workWithStandIn(store, home, id)).toBe('finished')
    expect(store.counts.prompts(id, 1).accepted).toBe(prompts)
    expect(store.trainings.find(id, 'M2')?.config.learning_rate).toBe(2e-5)
  })

  it('a value that a finished stage has used can’t change, and neither can what the whole run has in common', async () => {
    const id = await failedIn(1, 'train')
    expect(await problemsOf(id, 'candidates.temperature', 0.9)).toEqual(['candidates.temperature'])
    expect(await problemsOf(id, 'seed', 8)).toEqual(['seed'])
    expect(await problemsOf(id, 'seed_data.ranked_held_out', 3)).toEqual(['seed_data.ranked_held_out'])
    expect(await problemsOf(id, 'sft.epochs', 2)).toEqual(['sft.epochs'])
    expect(await problemsOf(id, 'batch', 2)).toEqual([])
    await expect(edit(id, 'seed', 8)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('seed:') })
  })

  it('a training that has started starts over with the new value, without its old checkpoints', async () => {
    const id = await failedIn(1, 'train')
    expect(await edit(id, 'dpo.learning_rate', 3e-5)).toEqual([{ iteration: 1, stage: 'train' }])
    expect(store.trainings.find(id, 'M2')).toBeUndefined()
    expect(existsSync(join(homePaths(home).run(id), 'checkpoints', 'M2'))).toBe(false)
    const pairs = store.pairs.ofIteration(id, 1).length
    expect(await workWithStandIn(store, home, id)).toBe('finished')
    expect(store.pairs.ofIteration(id, 1)).toHaveLength(pairs)
    expect(store.trainings.find(id, 'M2')?.config.learning_rate).toBe(3e-5)
  })

  it('the candidates of a stage that has started are sampled again, all with the new value', async () => {
    const id = await failedIn(1, 'candidates')
    expect(await edit(id, 'candidates.temperature', 1)).toEqual([{ iteration: 1, stage: 'candidates' }])
    expect(store.counts.candidates(id, 1)).toBe(0)
    expect(await workWithStandIn(store, home, id)).toBe('finished')
  })

  it('a change in a later iteration leaves the finished ones as they are', async () => {
    const id = await failedIn(2, 'candidates')
    const before = store.candidates.ofIteration(id, 1)
    await edit(id, 'candidates.count', 2)
    expect(await workWithStandIn(store, home, id)).toBe('finished')
    expect(store.candidates.ofIteration(id, 1)).toEqual(before)
    expect(store.counts.candidates(id, 2)).toBe(2 * store.counts.prompts(id, 2).accepted)
  })

  it('an evaluation that has started is repeated as a whole', async () => {
    const id = await failedIn(1, 'evaluate')
    expect(await edit(id, 'evaluation.temperature', 0.2)).toEqual([{ iteration: 1, stage: 'evaluate' }])
    expect(await workWithStandIn(store, home, id)).toBe('finished')
    expect(runs.show(id).models.find(({ name }) => name === 'M2')?.win_rates.length).toBeGreaterThan(0)
  })

  it('a run that a process is running can’t be changed', async () => {
    const id = await failedIn(1, 'candidates')
    const token = store.jobs.reserve(id)
    await expect(edit(id, 'dpo.beta', 0.2)).rejects.toMatchObject({ code: 'BUSY' })
    store.jobs.release(id, token)
  })

  it('a finished run can’t be changed', async () => {
    const id = createTinyRun(store, home)
    await workWithStandIn(store, home, id)
    await expect(edit(id, 'dpo.beta', 0.2)).rejects.toMatchObject({ code: 'BAD_INPUT', message: 'The run has finished.' })
  })
})
