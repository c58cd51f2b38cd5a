import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { metricColumns } from '../../../main/app/charts/curves.ts'
import { distributionsOf, reviewedOf } from '../../../main/app/charts/distributions.ts'
import { logOf, sampleSetsOf, samplesOf } from '../../../main/app/charts/row-tables.ts'
import { progressOf, timelineOf } from '../../../main/app/charts/timeline.ts'
import { trainingsOf } from '../../../main/app/charts/trainings.ts'
import { detailsOf } from '../../../main/app/runs/show-run.ts'
import type { Store } from '../../../main/store/store.ts'
import { createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../../support/tiny-run.ts'

describe('the charts of a run that waited for review and then ended', () => {
  const { home, remove } = tinyHome()
  let store: Store
  let id: string

  beforeAll(async () => {
    store = openTinyStore(home)
    id = createTinyRun(store, home, { review: { wait: true }, iterations: 1 })
    await workWithStandIn(store, home, id)
    const [first, second] = store.pairs.ofIteration(id, 1)
    store.reviews.add({ pairId: first.id, decision: 'swap' })
    store.reviews.add({ pairId: second.id, decision: 'agree' })
    store.runs.confirmReview(id, 1)
    await workWithStandIn(store, home, id)
  })

  afterAll(() => {
    store.close()
    remove()
  })

  const run = () => store.runs.resolve(id)

  test('the distribution counts every candidate once, and shows how many pairs a user changed', () => {
    const [distribution, ...more] = distributionsOf(store, reviewedOf(store))(run())
    expect(more).toEqual([])
    expect(distribution).toMatchObject({ iteration: 1, model: 'M1', isComplete: true, reviewed: 2, changed: 1 })
    const report = detailsOf(store, run()).models.find(({ name }) => name === 'M1')!.made!
    expect(distribution.n.candidates + distribution.unrewarded).toBe(6 * 3)
    expect(distribution.bins.reduce((sum, { candidates }) => sum + candidates, 0)).toBe(distribution.n.candidates)
    expect(distribution.bins.reduce((sum, { chosen }) => sum + chosen, 0)).toBe(report.pairs)
    expect(distribution.mean.candidates).toBeCloseTo(report.mean_reward!, 12)
    expect([distribution.judgements, distribution.parseFailures]).toEqual([report.judgements, report.parse_failures])
    expect(distribution.tieShare).toBe(report.tie_share)
  })

  test('a training shows how many of its pairs users decided', async () => {
    const trainings = await trainingsOf(store, metricColumns(store), run())
    expect(trainings.map(({ model, task }) => [model, task])).toEqual([
      ['SFT', 'sft'],
      ['M1', 'sft'],
      ['M2', 'dpo'],
    ])
    expect(trainings[2].user).toMatchObject({ pairs: trainings[2].rows, swapped: 1, confirmed: 1, edited: 0, dropped: 0 })
    expect(trainings[2].metrics).toContain('rewards/accuracies')
    expect(trainings[2].metrics).not.toContain('num_tokens')
  })

  test('metrics are read once, and then only new ones', async () => {
    const columns = metricColumns(store)
    const training = store.trainings.ofRun(id).find(({ name }) => name === 'M2')!
    const loss = (await columns.of(training)).get('loss')!
    const before = loss.steps.length
    expect(loss.steps).toEqual(Array.from({ length: before }, (_, i) => i + 1))
    store.metrics.addStep(training.id, before + 1, { loss: Number.NaN })
    const after = (await columns.of(training)).get('loss')!
    expect(after).toBe(loss)
    expect(after.steps.at(-1)).toBe(before + 1)
    expect(after.values.at(-1)).toBeNaN()
  })

  test('the timeline of a finished run is complete, with counts', () => {
    const { stages, left } = timelineOf(store, reviewedOf(store), run())
    expect(stages.map(({ iteration, stage }) => `${iteration} ${stage}`)).toEqual([
      ...['0 seed-data', '0 baseline', '0 eft', '0 train', '0 evaluate'],
      ...['1 prompts', '1 candidates', '1 judgements', '1 pairs', '1 review', '1 train', '1 evaluate'],
    ])
    expect(stages.every(({ state }) => state === 'done')).toBe(true)
    const at = (name: string) => stages.find(({ iteration, stage }) => iteration === 1 && stage === name)!
    expect([at('prompts').made, at('candidates').made, at('judgements').made]).toEqual([6, 18, 54])
    expect(at('review')).toMatchObject({ made: 2, aside: 1, of: at('pairs').made })
    expect(left).toBeNull()
  })

  test('a run that never started shows its future stages', () => {
    const fresh = store.runs.resolve(createTinyRun(store, home))
    const { stages } = timelineOf(store, reviewedOf(store), fresh)
    expect(stages.every(({ state }) => state === 'coming')).toBe(true)
    expect(stages.find(({ stage }) => stage === 'candidates')).toMatchObject({ made: null, of: 18 })
  })

  test('progress has each figure of each model, with an interval for shares', () => {
    const { models, figures } = progressOf(detailsOf(store, run()).models, () => null)
    expect(models).toEqual(['M0', 'SFT', 'M1', 'M2'])
    const yields = figures.find(({ key }) => key === 'yield')!.points
    expect(yields).toHaveLength(1)
    expect(yields[0]).toMatchObject({ model: 'M1', n: 6 })
    expect(yields[0].low!).toBeLessThan(yields[0].value)
    expect(figures.some(({ key }) => key === 'true-accuracy')).toBe(false) // not measured
    expect(figures.find(({ key }) => key === 'judge-length-only')!.points.length).toBeGreaterThan(0)
  })

  test("a prompt is shown with every model's answer, and pages do not overlap", () => {
    const set = sampleSetsOf(store, id).find(({ purpose }) => purpose === 'head-to-head')!
    expect(set).toEqual({ purpose: 'head-to-head', prompts: 3, models: ['SFT', 'M1', 'M2'] })
    const pages = [samplesOf(store, id, set, 0, 2), samplesOf(store, id, set, 2, 4)]
    expect(pages.map((page) => page.map(({ position }) => position))).toEqual([[0, 1], [2]])
    expect(pages[0][0].answers.map(({ model }) => model)).toEqual(['SFT', 'M1', 'M2'])
  })

  test('the log starts at its end, and pages reach its beginning without a gap', () => {
    const last = logOf(store, id, null, 5)
    expect(last.hasMore).toBe(true)
    const before = logOf(store, id, last.events[0].id, 1000)
    expect(before.hasMore).toBe(false)
    const ids = [...before.events, ...last.events].map((event) => event.id)
    expect(ids).toEqual(store.events.after(id, 0).map((event) => event.id))
  })

  test('rows of a stage come page by page: rejected prompts with their reason, candidates with their role in a pair', () => {
    const { accepted, rejected } = store.counts.prompts(id, 1)
    expect(accepted).toBe(6)
    expect(store.stageRows.prompts(id, 1, true, { offset: 0, limit: 100 }).every(({ reason }) => reason !== null)).toBe(true)
    expect(store.stageRows.prompts(id, 1, null, { offset: 0, limit: 100 })).toHaveLength(accepted + rejected)
    const candidates = [0, 10].flatMap((offset) => store.stageRows.candidates(id, 1, { offset, limit: 10 }))
    expect(candidates).toHaveLength(18)
    expect(candidates.filter(({ chosen }) => chosen === 1)).toHaveLength(store.counts.pairs(id, 1))
    const pairs = store.stageRows.pairs(id, 1, { offset: 0, limit: 100 })
    expect(pairs.map(({ decision }) => decision).filter(Boolean)).toEqual(['swap', 'agree'])
    const unreadable = store.stageRows.judgements(id, 1, true, { offset: 0, limit: 100 })
    expect(unreadable).toHaveLength(store.counts.judgements(id, 1).unreadable)
    expect(unreadable.every(({ score }) => score === null)).toBe(true)
  })
})
