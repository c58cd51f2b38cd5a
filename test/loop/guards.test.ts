import { describe, expect, it } from 'vitest'
import { runsApi } from '../../main/app/runs/runs.ts'
import type { Checker } from '../../main/loop/run-context.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { RunEvent } from '../../main/shared/run-events.ts'
import type { Store } from '../../main/store/store.ts'
import { contentOfRun, createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

const guarded = (stop_on: NonNullable<RecipeInput['guards']>['stop_on'], more: Partial<RecipeInput> = {}): string =>
  createTinyRun(store, home, { guards: { stop_on }, ...more })
const eventsOf = <Kind extends RunEvent['kind']>(runId: string, kind: Kind) =>
  store.events.ofKind(runId, kind).map(({ event }) => event as Extract<RunEvent, { kind: Kind }>)
const notesOf = (runId: string): string[] =>
  eventsOf(runId, 'note').flatMap(({ text }) => (text.startsWith('Continues past') ? [text] : []))
const models = (runId: string): string[] => store.models.ofRun(runId).map(({ name }) => name)
const shown = (runId: string) => runsApi({ home, store }).show(runId)

describe('a run that stops on a warning', () => {
  it('pauses before the training, says why, and goes past it once it is started again', async () => {
    const runId = guarded(['few-pairs'])
    expect(await workWithStandIn(store, home, runId)).toBe('paused')
    expect(models(runId)).toEqual(['M0', 'SFT', 'M1'])
    expect(store.jobs.find(runId)).toMatchObject({ state: 'paused', wanted: 'pause', error: null })
    expect(shown(runId)).toMatchObject({
      status: 'paused',
      guard: { iteration: 1, stage: 'review', codes: ['few-pairs'], text: expect.stringContaining('fewer than 50') },
    })
    expect(eventsOf(runId, 'guard-stop')).toHaveLength(1)

    expect(await workWithStandIn(store, home, runId)).toBe('paused') // now for the second iteration
    expect(models(runId)).toEqual(['M0', 'SFT', 'M1', 'M2'])
    expect(notesOf(runId)).toEqual(['Continues past the warning that the run stopped on: few-pairs.'])
    expect(shown(runId).guard).toMatchObject({ iteration: 2, stage: 'review' })

    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(shown(runId).guard).toBeNull()
    expect(notesOf(runId)).toHaveLength(2)
  })

  it('ends with the same models as one that doesn’t stop', async () => {
    const runId = guarded(['few-pairs'])
    while ((await workWithStandIn(store, home, runId)) !== 'finished');
    const other = tinyHome()
    const free = openTinyStore(other.home)
    expect(await workWithStandIn(free, other.home, createTinyRun(free, other.home))).toBe('finished')
    expect(contentOfRun(home)).toEqual(contentOfRun(other.home))
    free.close()
    other.remove()
  })

  it('doesn’t stop a second time at the same place, nor repeat the note, after a kill in the training', async () => {
    const runId = guarded(['few-pairs'], { iterations: 1 })
    await workWithStandIn(store, home, runId)
    await expect(workWithStandIn(store, home, runId, { diesAfter: 1 })).rejects.toMatchObject({ code: 'ENGINE_LOST' })
    expect(shown(runId).guard).toBeNull()
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(eventsOf(runId, 'guard-stop')).toHaveLength(1)
    expect(notesOf(runId)).toHaveLength(1)
  })

  it('stops before the review, which it then waits for', async () => {
    const runId = guarded(['parse-failures'], { iterations: 1, review: { wait: true } })
    const engine = { judgement: () => 'I would rather not say.' }
    expect(await workWithStandIn(store, home, runId, engine)).toBe('paused')
    expect(shown(runId).guard).toMatchObject({ stage: 'pairs', codes: ['parse-failures'] })
    expect(await workWithStandIn(store, home, runId, engine)).toBe('waiting-for-review')
  })

  it('doesn’t stop on warnings that the recipe doesn’t name', async () => {
    const runId = guarded(['saturated'], { iterations: 1 })
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(eventsOf(runId, 'warning').map(({ code }) => code)).toContain('few-pairs')
  })

  it('can be ended early instead of being resumed', async () => {
    const runId = guarded(['few-pairs'])
    await workWithStandIn(store, home, runId)
    expect(await workWithStandIn(store, home, runId, {}, { wanted: 'end' })).toBe('finished')
    expect(models(runId)).toEqual(['M0', 'SFT', 'M1'])
  })
})

describe('a reward that rises while a program’s figure falls', () => {
  /** Scores that rise, by iteration, and a figure that falls, by model. */
  const falling = (): Checker => {
    const figures = [0.2, 0.5, 0.6, 0.4] // M0, SFT, M1, M2
    return {
      ...{ name: 'solved', label: 'answers', prompts: ['One?', 'Two?'] },
      sampling: { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 9, minNewTokens: 0, stop: [] },
      measure: () => ({ share: figures.shift() ?? 0, length: 5 }),
    }
  }

  it('stops a run that says so, with both figures in the warning', async () => {
    const runId = guarded(['divergence'], { evaluation: { count: 0 } })
    let calls = 0
    const judgement = (): string => `Score: ${(store.runs.find(runId)!.iteration < 2 ? 1 : 3) + (calls++ % 3)}`
    expect(await workWithStandIn(store, home, runId, { judgement }, { checkers: [falling()] })).toBe('paused')
    const { guard, models: all } = shown(runId)
    expect(all.map(({ name, checks }) => [name, checks.solved.share])).toEqual([
      ['M0', 0.2],
      ['SFT', 0.5],
      ['M1', 0.6],
      ['M2', 0.4],
    ])
    expect(guard).toMatchObject({ iteration: 2, stage: 'pairs', codes: ['divergence'] })
    expect(guard!.text).toMatch(/reward rose \(\d\.\d\d to \d\.\d\d\) while solved fell \(60\.0\s?% to 40\.0\s?%\)/)
  })
})
