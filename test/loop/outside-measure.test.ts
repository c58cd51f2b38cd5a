import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { progressOf } from '../../main/app/charts/timeline.ts'
import { runsApi } from '../../main/app/runs/runs.ts'
import { listingsOf } from '../../main/app/runs/show-run.ts'
import { detailsText } from '../../main/cli/run-text.ts'
import { homePaths } from '../../main/common/home.ts'
import { familiesNamed, grammarPrompts } from '../../main/data/grammar-prompts.ts'
import { workOn } from '../../main/loop/session.ts'
import type { GenerateParams, TrainParams } from '../../main/shared/engine-protocol.ts'
import { outsideFiguresOf, outsideMeasures } from '../../main/shared/outside-measures.ts'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { recordingStandIn, standInEngine } from '../support/stand-in-engine.ts'
import { contentOfRun, createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

/** Writes prompts of some families to a file in the home, and returns them. */
function heldOut(name: string, families: readonly string[], count: number): { path: string; texts: string[] } {
  const tasks = ['Describe a fjord in the rain', 'Say why moss grows on stones', 'Tell a story of a larch', 'Explain what a knoll is']
  const prompts = grammarPrompts({ families: familiesNamed(families), min: 1, max: 2, tasks, seed: 4, count })
  const path = join(home, name)
  writeFileSync(path, prompts.map(({ text, requirements }) => `${JSON.stringify({ prompt: text, requirements })}\n`).join(''))
  return { path, texts: prompts.map(({ text }) => text) }
}

/** A recipe that measures its models on prompts of known families and on prompts of others. */
function measuring(changes: Partial<RecipeInput['evaluation'] & object> = {}) {
  const checks = heldOut('checks.jsonl', ['no-commas', 'lowercase', 'at-most-words'], 9)
  const others = heldOut('others.jsonl', ['title', 'quotes'], 5)
  const recipe = (prompts: RecipeInput['prompts'] = { method: 'grammar', count: 6, grammar: { without: ['title', 'quotes'] } }) => ({
    prompts,
    evaluation: { count: 3, checks: checks.path, checks_held_out: others.path, ...changes },
  })
  return { checks, others, recipe }
}

const shownModels = (runId: string) => runsApi({ home, store }).show(runId).models

describe('the outside measure', () => {
  it('is made of every model, sampled and greedy, on held-out prompts and on held-out families', async () => {
    const { recipe } = measuring({ checks_count: 7, checks_samples: 2 })
    const runId = createTinyRun(store, home, recipe())
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    const models = shownModels(runId)
    expect(models.map(({ name }) => name)).toEqual(['M0', 'SFT', 'M1', 'M2', 'M3'])
    for (const { name, checks } of models) {
      expect(Object.keys(checks).toSorted()).toEqual([...outsideMeasures].toSorted())
      const [sampled, greedy, families] = ['checks', 'checks-greedy', 'checks-held-out'].map(
        (measure) => outsideFiguresOf(checks[measure])!,
      )
      expect([sampled.prompts.of, greedy.prompts.of, families.prompts.of]).toEqual([7, 7, 5])
      expect(families.families.map(({ id }) => id)).toEqual(['detectable_format:title', 'startend:quotation'])
      const answers = (purpose: string) => store.evaluationUnits.of({ runId }, ['answers', name, purpose])
      expect([answers('checks').length, answers('checks-greedy').length]).toEqual([14, 7])
    }
    const { figures } = progressOf(models, () => null)
    const points = figures.find(({ key }) => key === 'checks')!.points
    const { prompts } = outsideFiguresOf(models[0].checks.checks)!
    expect(points.map(({ model }) => model)).toEqual(['M0', 'SFT', 'M1', 'M2', 'M3'])
    expect(points[0]).toEqual({ model: 'M0', value: prompts.met, low: prompts.low, high: prompts.high, n: 7 })
    const [listed] = listingsOf(store)
    expect(listed.followed).toEqual({ model: 'M3', ...outsideFiguresOf(models.at(-1)!.checks.checks)!.prompts })
    const details = runsApi({ home, store }).show(runId)
    const followed = (model: string, measure: string) =>
      outsideFiguresOf(details.models.find(({ name }) => name === model)!.checks[measure])!.prompts.met
    for (const measure of outsideMeasures)
      expect(details.gains[measure]?.gain).toBeCloseTo(followed('M3', measure) - followed('M1', measure), 12)
    const text = detailsText(details)
    expect(text).toMatch(/^held-out families, greedy +M0 +SFT +M1 +M2 +M3$/m)
    expect(text.match(/^detectable_format:title( +\d+\.\d%){5}$/gm)).toHaveLength(2)
  })

  it('is made once of a model that is two: without fine-tuning, M1 is M0', async () => {
    const { recipe, checks } = measuring()
    const runId = createTinyRun(store, home, { ...recipe(), seed_data: {}, sft: null, iterations: 0 })
    const generations: GenerateParams[] = []
    const engine = recordingStandIn({}, { generations, trainings: [] })
    expect(await workOn({ store, home, runId, startEngine: async () => engine })).toBe('finished')
    const asked = generations.flatMap(({ rows }) => rows.map(({ input }) => JSON.stringify(input)))
    for (const text of checks.texts) expect(asked.filter((input) => input.includes(JSON.stringify(text).slice(1, -1)))).toHaveLength(2) // sampled and greedy
    const [m0, m1] = shownModels(runId)
    expect([m0.name, m1.name]).toEqual(['M0', 'M1'])
    expect(m1.checks).toEqual(m0.checks)
    const answers = (name: string) => store.evaluationUnits.of({ runId }, ['answers', name, 'checks-greedy'])
    expect(answers('M1')).toEqual(answers('M0'))
  })

  it('doesn’t reach the loop: what the run trains on is the same without it', async () => {
    const { recipe, checks, others } = measuring()
    const trained: string[] = []
    const engine = standInEngine()
    const watched = {
      ...engine,
      train(params: TrainParams, options?: Parameters<typeof engine.train>[1]) {
        trained.push(JSON.stringify(params.rows))
        return engine.train(params, options)
      },
    }
    const runId = createTinyRun(store, home, recipe())
    expect(await workOn({ store, home, runId, startEngine: async () => watched })).toBe('finished')
    const { prompts, evaluation } = recipe()
    const plain = createTinyRun(store, home, { prompts, evaluation: { ...evaluation, checks: null, checks_held_out: null } })
    const before = trained.splice(0)
    expect(await workOn({ store, home, runId: plain, startEngine: async () => watched })).toBe('finished')
    expect(trained).toEqual(before)
    expect(before.length).toBe(4) // SFT, M1, M2, M3
    for (const text of [...checks.texts, ...others.texts]) expect(before.join('')).not.toContain(text.split('\n')[0])
  })

  it('is of the prompts as they were at the start, and the same if the run is stopped and resumed', async () => {
    const { recipe, checks } = measuring()
    const runId = createTinyRun(store, home, recipe())
    const stop = new AbortController()
    const engine = standInEngine({ onItem: () => void (store.models.find(runId, 'M1') !== undefined && stop.abort()) })
    expect(await workOn({ store, home, runId, startEngine: async () => engine, signal: stop.signal })).toBe('paused')
    rmSync(checks.path)
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    const interrupted = contentOfRun(home)
    const other = tinyHome()
    const whole = openTinyStore(other.home)
    try {
      for (const name of ['checks.jsonl', 'others.jsonl']) {
        const texts = name === 'checks.jsonl' ? ['no-commas', 'lowercase', 'at-most-words'] : ['title', 'quotes']
        heldOut(name, texts, name === 'checks.jsonl' ? 9 : 5)
      }
      const again = createTinyRun(whole, other.home, recipe())
      expect(await workWithStandIn(whole, other.home, again)).toBe('finished')
      const { evaluations, evaluationUnits } = contentOfRun(other.home)
      expect(interrupted.evaluations).toEqual(evaluations)
      expect(interrupted.evaluationUnits).toEqual(evaluationUnits)
    } finally {
      whole.close()
      other.remove()
    }
  })

  it('is caught up on by a finished run that lacks figures', async () => {
    const { recipe } = measuring()
    const runId = createTinyRun(store, home, { iterations: 1, ...recipe() })
    await workWithStandIn(store, home, runId)
    const before = shownModels(runId).map(({ checks }) => checks)
    const db = new Sqlite(homePaths(home).database)
    db.prepare("DELETE FROM evaluations WHERE kind LIKE 'checks%' AND model IN ('M1', 'M2')").run()
    db.close()
    expect(shownModels(runId).at(-1)!.checks).toEqual({})
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(shownModels(runId).map(({ checks }) => checks)).toEqual(before)
  })

  it('keeps its prompts out of the run’s own', async () => {
    const { recipe, checks } = measuring()
    const own = ['Say in one line why oaks matter', 'Name the two rivers that you like']
    const file = join(home, 'prompts.jsonl')
    writeFileSync(file, [own[0], checks.texts[0], own[1]].map((prompt) => `${JSON.stringify({ prompt })}\n`).join(''))
    const runId = createTinyRun(store, home, { iterations: 1, ...recipe({ method: 'file', file, count: 2 }) })
    await workWithStandIn(store, home, runId)
    expect(store.prompts.accepted(runId, 1).map(({ text }) => text)).toEqual(own)
    expect(store.prompts.rejections(runId, 1)).toEqual([{ reason: 'held-out', count: 1 }])
  })

  it('warns if a held-out family is among those that the run trains on', async () => {
    const { recipe } = measuring()
    const prompts: RecipeInput['prompts'] = { method: 'grammar', count: 6, grammar: { without: ['quotes'] } }
    const runId = createTinyRun(store, home, { iterations: 1, ...recipe(prompts) })
    await workWithStandIn(store, home, runId)
    const warnings = store.events.ofKind(runId, 'warning').map(({ event }) => event)
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'known-families', text: expect.stringMatching(/trains on, too: detectable_format:title\.$/) }),
    )
  })

  it('asks for greedy answers only, if the recipe samples at temperature 0', async () => {
    const { recipe } = measuring({ temperature: 0, checks_held_out: null })
    const runId = createTinyRun(store, home, { iterations: 0, ...recipe() })
    const asked: GenerateParams[] = []
    const engine = standInEngine()
    const watched = {
      ...engine,
      generate(params: GenerateParams, options?: Parameters<typeof engine.generate>[1]) {
        asked.push(params)
        return engine.generate(params, options)
      },
    }
    await workOn({ store, home, runId, startEngine: async () => watched })
    expect(shownModels(runId).map(({ checks }) => Object.keys(checks))).toEqual([['checks-greedy'], ['checks-greedy'], ['checks-greedy']])
    expect(asked.some(({ sampling }) => sampling.greedy)).toBe(true)
  })
})
