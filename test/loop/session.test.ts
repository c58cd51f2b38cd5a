import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { runsApi } from '../../main/app/runs/runs.ts'
import { homePaths } from '../../main/common/home.ts'
import { reportOf } from '../../main/loop/iteration-report.ts'
import type { Checker } from '../../main/loop/run-context.ts'
import { workOn } from '../../main/loop/session.ts'
import { comparisonDetail } from '../../main/shared/comparison-detail.ts'
import type { DpoRow, TrainParams } from '../../main/shared/engine-protocol.ts'
import type { RunEvent } from '../../main/shared/run-events.ts'
import type { Store } from '../../main/store/store.ts'
import { recordingStandIn } from '../support/stand-in-engine.ts'
import { createTinyRun, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

/** A stand-in engine that records its training requests. */
function watchedEngine() {
  const trainings: TrainParams[] = []
  const engine = recordingStandIn({}, { trainings })
  return { trainings, start: async () => engine }
}

describe('a run', () => {
  it('goes from M0 to M3, each trained from the previous one, and keeps the models but no checkpoints', async () => {
    const runId = createTinyRun(store, home)
    const { trainings, start } = watchedEngine()
    expect(await workOn({ store, home, runId, startEngine: start })).toBe('finished')
    const models = store.models.ofRun(runId)
    expect(models.map(({ name, initialisedFrom, reference }) => [name, initialisedFrom, reference])).toEqual([
      ['M0', null, null],
      ['SFT', 'M0', null],
      ['M1', 'M0', null],
      ['M2', 'M1', 'M1'],
      ['M3', 'M2', 'M2'],
    ])
    expect(trainings.map(({ task }) => task)).toEqual(['sft', 'sft', 'dpo', 'dpo'])
    for (const { path } of models) expect(existsSync(join(path, 'config.json'))).toBe(true)
    const folder = homePaths(home).run(runId)
    for (const name of ['SFT', 'M1', 'M2', 'M3']) expect(existsSync(join(folder, 'checkpoints', name))).toBe(false)
  })

  it('trains M1 on instructions and judgements, with zero loss weight for judge prompts', async () => {
    const { trainings, start } = watchedEngine()
    await workOn({ store, home, runId: createTinyRun(store, home), startEngine: start })
    const [baseline, first] = trainings
    const judged = first.rows.slice(baseline.rows.length)
    expect(first.rows.slice(0, baseline.rows.length)).toEqual(baseline.rows)
    expect(judged.length).toBeGreaterThan(0)
    for (const row of judged) {
      expect(row).toMatchObject({ promptWeight: 0, prompt: [{ role: 'user', content: expect.stringContaining('additive 5-point') }] })
    }
  })

  it('never uses its evaluation prompts for training or as demonstrations', async () => {
    const runId = createTinyRun(store, home)
    await workWithStandIn(store, home, runId)
    const heldOut = new Set(store.examples.ofKind(runId, 'held-out').map(({ instruction }) => instruction))
    expect(heldOut.size).toBe(3)
    const used = [...store.examples.ofKind(runId, 'ift'), ...store.examples.ofKind(runId, 'demonstration')]
    expect(used.filter(({ instruction }) => heldOut.has(instruction))).toEqual([])
    const measuring = new Set(store.examples.ofKind(runId, 'ranked-held-out').map(({ instruction }) => instruction))
    expect(store.examples.ofKind(runId, 'ranked').filter(({ instruction }) => measuring.has(instruction))).toEqual([])
  })

  it('that is finished only runs new checkers', async () => {
    const runId = createTinyRun(store, home)
    await workWithStandIn(store, home, runId)
    const checker: Checker = {
      name: 'ends-with-a-stop',
      label: 'answers',
      prompts: ['One?', 'Two?'],
      sampling: { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 9, minNewTokens: 0, stop: [] },
      measure: (answers) => ({ share: answers.filter(({ text }) => text.endsWith('.')).length / answers.length }),
    }
    const { trainings, start } = watchedEngine()
    expect(await workOn({ store, home, runId, startEngine: start, checkers: [checker] })).toBe('finished')
    expect(trainings).toEqual([])
    const shown = runsApi({ home, store }).show(runId)
    expect(shown.models.map(({ checks }) => checks)).toEqual(shown.models.map(() => ({ 'ends-with-a-stop': { share: 1 } })))
  })

  it('without any pairs keeps its model and says so', async () => {
    const runId = createTinyRun(store, home, { pairs: { min_gap: 6 } })
    const warnings: string[] = []
    const listener = (event: RunEvent): void => void (event.kind === 'warning' && warnings.push(event.code))
    await workWithStandIn(store, home, runId, {}, { listener })
    const [m1, m2, m3] = ['M1', 'M2', 'M3'].map((name) => store.models.find(runId, name)!)
    expect([m2.sha256, m3.sha256]).toEqual([m1.sha256, m1.sha256])
    expect(warnings.filter((code) => code === 'nothing-to-train-on')).toHaveLength(2)
    expect(warnings).toContain('low-yield')
  })

  it('reports what judging cost, and how many verdicts depend on the order if its judge compares', async () => {
    const runId = createTinyRun(store, home, { iterations: 1, judge: { method: 'pairwise' } })
    await workWithStandIn(store, home, runId)
    const details = store.judgements.ofCandidates(runId, 1).map(({ detail }) => comparisonDetail.parse(detail))
    expect(details).toHaveLength(18) // six prompts with three candidates, each compared with two others
    const flips = details.reduce((sum, detail) => sum + detail.flips, 0)
    expect(reportOf({ store, runId }, 1, 'M1')).toMatchObject({ flipRate: flips / 36, rewardRange: [0, 1] })
    const cost = { answers: 18, seconds: expect.any(Number), readTokens: expect.any(Number), newTokens: 0 }
    expect(store.stages.find(runId, 1, 'judgements')?.summary).toEqual({ cost })
    const [, , m1] = runsApi({ home, store }).show(runId).models
    expect(m1.made?.flip_rate).toBe(flips / 36)
    expect(m1.judge_quality).toMatchObject({ five_best: null, tokens_per_answer: expect.any(Number), flip_rate: expect.any(Number) })
  })

  it('doesn’t change when its seed data files do', async () => {
    const runId = createTinyRun(store, home)
    await workWithStandIn(store, home, runId, { diesAfter: 3 }).catch(() => {})
    const before = store.examples.ofKind(runId, 'ift')
    writeFileSync(join(home, 'ift.jsonl'), '{"instruction": "Something else entirely", "input": "", "output": "yes"}\n')
    rmSync(join(home, 'ranked.jsonl'))
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(store.examples.ofKind(runId, 'ift')).toEqual(before)
  })

  it('reports when it continues with a different engine', async () => {
    const runId = createTinyRun(store, home)
    await workWithStandIn(store, home, runId, { diesAfter: 30, threads: 2 }).catch(() => {})
    const warnings: string[] = []
    const listener = (event: RunEvent): void => void (event.kind === 'warning' && warnings.push(event.text))
    await workWithStandIn(store, home, runId, { threads: 4 }, { listener })
    expect(warnings).toContainEqual(expect.stringContaining('threads 2 -> 4'))
  })

  it('that can’t start its engine fails with the reason, and can be resumed', async () => {
    const runId = createTinyRun(store, home)
    const broken = workOn({ store, home, runId, startEngine: () => Promise.reject(new Error('ENOSPC: no space left on device')) })
    await expect(broken).rejects.toThrow('ENOSPC')
    expect(store.runs.find(runId)).toMatchObject({ status: 'failed', error: { code: 'DISK_FULL' } })
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
    expect(store.runs.find(runId)).toMatchObject({ error: null })
  })

  it('that fills the disk fails, keeps everything stored so far, and continues when there is room', async () => {
    const runId = createTinyRun(store, home)
    let left = 100
    const full: Store = {
      ...store,
      judgements: {
        ...store.judgements,
        add(...args) {
          if (left-- === 0) throw new Sqlite.SqliteError('database or disk is full', 'SQLITE_FULL')
          store.judgements.add(...args)
        },
      },
    }
    const error = { code: 'DISK_FULL', remedy: expect.stringContaining('nothing is lost') }
    await expect(workWithStandIn(full, home, runId)).rejects.toMatchObject(error)
    expect(store.runs.find(runId)).toMatchObject({ status: 'failed', error })
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
  })

  it('that is stopped immediately has stored nothing wrong', async () => {
    const runId = createTinyRun(store, home)
    expect(await workWithStandIn(store, home, runId, {}, { signal: AbortSignal.abort() })).toBe('paused')
    expect(await workWithStandIn(store, home, runId)).toBe('finished')
  })
})

describe('review', () => {
  it('makes the run wait once per iteration, and trains on the user’s decisions', async () => {
    const runId = createTinyRun(store, home, { review: { wait: true } })
    const { trainings, start } = watchedEngine()
    const work = () => workOn({ store, home, runId, startEngine: start })
    expect(await work()).toBe('waiting-for-review')
    expect(trainings.filter(({ task }) => task === 'dpo')).toEqual([])
    const [swapped, dropped, edited, ...kept] = store.pairs.ofIteration(runId, 1)
    store.reviews.add({ pairId: swapped.id, decision: 'swap' })
    store.reviews.add({ pairId: dropped.id, decision: 'both-bad' })
    store.reviews.add({ pairId: edited.id, decision: 'edit', chosenText: 'A better answer.' })
    store.runs.confirmReview(runId, 1)
    expect(await work()).toBe('waiting-for-review') // now for the second iteration
    const rows = trainings.at(-1)!.rows as DpoRow[]
    const shown = rows.map(({ chosen, rejected }) => [chosen, rejected].map((side) => (side as { content: string }[])[0].content))
    expect(shown).toEqual([
      [swapped.rejectedText, swapped.chosenText],
      ['A better answer.', edited.rejectedText],
      ...kept.map(({ chosenText, rejectedText }) => [chosenText, rejectedText]),
    ])
    store.runs.confirmReview(runId, 2)
    expect(await work()).toBe('finished')
  })
})

describe('judgements that can’t be parsed', () => {
  it('never become a number: no reward, no pair, and a count of failures', async () => {
    const runId = createTinyRun(store, home, { iterations: 1 })
    await workWithStandIn(store, home, runId, { judgement: () => 'Certainly! A fine answer, 10/10 or so.' })
    const judgements = store.judgements.ofCandidates(runId, 1)
    expect(judgements).toHaveLength(6 * 3 * 3)
    expect(judgements.every(({ score, text }) => score === null && text.startsWith('Certainly'))).toBe(true)
    expect(store.pairs.ofIteration(runId, 1)).toEqual([])
    const { models, warnings } = runsApi({ home, store }).show(runId)
    expect(models.find(({ name }) => name === 'M1')?.made).toMatchObject({
      mean_reward: null,
      pairs: 0,
      judgements: 54,
      parse_failures: 54,
    })
    expect(warnings.map(({ code }) => code)).toContain('parse-failures')
    expect(models.at(-1)?.judge_quality).toMatchObject({ parse_failures: 36, pairwise_accuracy: null, length_pairwise_accuracy: 0 })
  })

  it('don’t affect the mean of the others', async () => {
    const runId = createTinyRun(store, home, { iterations: 1 })
    let calls = 0
    await workWithStandIn(store, home, runId, { judgement: () => (calls++ % 3 === 0 ? 'no idea' : 'Score: 4') })
    expect(
      runsApi({ home, store })
        .show(runId)
        .models.find(({ name }) => name === 'M1')?.made?.mean_reward,
    ).toBe(4)
  })
})

describe('the details of a run', () => {
  it('include its stages, models, figures, and recipe', async () => {
    const runId = createTinyRun(store, home)
    await workWithStandIn(store, home, runId)
    const runs = runsApi({ home, store })
    expect(runs.list()).toEqual([
      {
        ...{
          id: runId,
          name: 'tiny',
          status: 'finished',
          iteration: 2,
          stage: 'evaluate',
          created_at: expect.stringMatching(/^\d{4}-.*Z$/),
        },
        ...{ base_model: join(home, 'base'), iterations: 2, finished_at: expect.any(String), seconds: expect.any(Number), error: null },
        ...{ ended_early: false, training: false, waiting_pairs: 0, review_wait: false },
        ...{ started: true, after: null, tags: [], note: '', group: null, source: null },
        reward_range: [0, 5],
        rewards: [1, 2].map((iteration) => reportOf({ store, runId }, iteration, `M${iteration}`).meanReward),
        win_rate: expect.objectContaining({ model: 'M3', against: 'M1', n: 3 }),
        followed: null,
      },
    ])
    const shown = runs.show(runId.slice(2, 5))
    expect(shown.recipe.candidates.count).toBe(3)
    expect(shown.engine).toEqual({ backend: 'cpu', precision: 'float32', threads: 1 })
    expect(shown.stages).toHaveLength(5 + 7 + 7)
    expect(shown.stages.every(({ finished }) => finished)).toBe(true)
    const [m0, sft, m1, m2, m3] = shown.models
    expect([m0, sft, m3].map(({ made }) => made)).toEqual([null, null, null])
    expect(m1.made).toMatchObject({ prompts: 6, pairs: store.pairs.ofIteration(runId, 1).length, judgements: 54 })
    expect(m1.win_rates.map(({ against }) => against)).toEqual(['SFT'])
    expect(m2.win_rates.map(({ against }) => against)).toEqual(['M1'])
    expect(m3.win_rates.map(({ against, judge, n }) => [against, judge, n])).toEqual([
      ['M2', 'M1', 3],
      ['M1', 'M1', 3],
    ])
    expect(m3.training).toMatchObject({ rows: store.pairs.ofIteration(runId, 2).length })
    expect(m0.training).toBeNull()
    expect(m2.judge_quality).toMatchObject({ prompts: 4, judgements: 36 })
  })
})
