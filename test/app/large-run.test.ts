import type { Database } from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { distributionsOf, reviewedOf } from '../../main/app/charts/distributions.ts'
import { timelineOf } from '../../main/app/charts/timeline.ts'
import { reviewsApi } from '../../main/app/review/reviews.ts'
import { listingsOf } from '../../main/app/runs/show-run.ts'
import type { Store } from '../../main/store/store.ts'
import { type watched, watchedLargeRun } from '../support/watched-database.ts'

/** More judgements than a page counts again whenever it looks. */
const size = { prompts: 1000, candidates: 2, judgements: 11, steps: 0 }
/** Far fewer rows than there are prompts. */
const few = 100

let database: Database
let store: Store
let runId: string
let connection: ReturnType<typeof watched>
let remove: () => void
beforeAll(() => {
  ;({ runId, database, connection, store, remove } = watchedLargeRun(size))
})
afterAll(() => remove())

/** How many rows are returned while something is asked. */
function rowsFor(ask: () => unknown): number {
  connection.forget()
  ask()
  return connection.returned().all
}
const run = () => store.runs.resolve(runId)

describe('a page about a run with many prompts', () => {
  test('reads few rows for the timeline, the list of runs, and the progress of the review', () => {
    const reviews = reviewsApi(store)
    const [first, second, third] = [...store.reviewQueue.ofRun(runId)].filter(({ pairId }) => pairId !== null)
    reviews.decide({ pairId: first.pairId!, decision: 'swap' })
    reviews.decide({ pairId: second.pairId!, decision: 'agree' })
    const candidates = store.candidates.ofPrompt(third.promptId)
    reviews.scores(
      third.promptId,
      candidates.map(({ id }) => ({ candidateId: id, reward: 3 })),
    ) // a tie: no pair is left
    const counted = [...store.reviewQueue.ofRun(runId)]
    const pairs = counted.filter(({ pairId }) => pairId !== null).length
    const reviewed = reviewedOf(store)

    expect(rowsFor(() => reviewed(runId, 1))).toBeLessThan(few)
    expect(reviewed(runId, 1)).toEqual({ reviewed: 2, changed: 2 })
    expect(rowsFor(() => timelineOf(store, reviewed, run()))).toBeLessThan(few)
    expect(rowsFor(() => listingsOf(store))).toBeLessThan(few)
    expect(store.overviews.unreviewed(runId, 1)).toBe(pairs - 2)
    expect(rowsFor(() => reviews.runs())).toBeLessThan(few)
    expect(reviews.runs()).toMatchObject([{ id: runId, pairs, reviewed: 2 }])
    expect(rowsFor(() => reviews.overview(runId))).toBeLessThan(few)
    expect(reviews.overview(runId).iterations).toMatchObject([
      { iteration: 1, pairs, reviewed: 2, overridden: 2, withoutPair: counted.length - pairs },
    ])
  })

  test('counts judge pairs without a look at the responses that have none', () => {
    expect(store.judgePairs.count(runId, 1)).toBe(0)
    const sql = connection.selects.find((text) => text.includes('count(*) AS count FROM judge_pairs'))
    const plan = database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all({ runId, iteration: 1 })
    expect(plan[0].detail).toMatch(/^SCAN x/)
  })

  test('computes the distribution of rewards again only once there are a tenth more judgements, or pairs', () => {
    const distributions = distributionsOf(store, reviewedOf(store))
    const ask = (): number => rowsFor(() => distributions(run()))
    database.exec("DELETE FROM stages WHERE stage = 'pairs'")
    expect(ask()).toBeGreaterThan(size.prompts)
    expect(ask()).toBeLessThan(few)
    const addJudgements = (from: number, to: number) =>
      database
        .prepare(
          `INSERT INTO judgements (candidate_id, judge, sample, text, score) SELECT id, 'M1', 11, '', 3 FROM candidates WHERE id BETWEEN ? AND ?`,
        )
        .run(from, to)
    addJudgements(1, 1000)
    expect(ask()).toBeLessThan(few)
    addJudgements(1001, 2000)
    database.exec(
      `INSERT INTO judgements (candidate_id, judge, sample, text, score) SELECT id, 'M1', 12, '', 3 FROM candidates WHERE id < 400`,
    )
    expect(ask()).toBeGreaterThan(size.prompts)
    expect(ask()).toBeLessThan(few)
    database.exec(`INSERT INTO stages (run_id, iteration, stage, seconds, finished_at) SELECT id, 1, 'pairs', 1, created_at FROM runs`)
    expect(ask()).toBeGreaterThan(size.prompts)
    expect(ask()).toBeLessThan(few)
  })
})
