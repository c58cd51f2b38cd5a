import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reviewsApi } from '../../main/app/review/reviews.ts'
import { detailsOf, listingsOf } from '../../main/app/runs/show-run.ts'
import { homePaths } from '../../main/common/home.ts'
import { queueFilter } from '../../main/shared/contract/review-contract.ts'
import { checkOf } from '../../main/store/database/integrity.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { fixtureFile } from '../support/shared.ts'
import { contentOfRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'

/** Databases as released versions left them (`test/fixtures/make-home.ts`). */
describe.each(readdirSync(fixtureFile('homes')))('a data folder of Laurel %s', (version) => {
  const home = mkdtempSync(join(tmpdir(), 'laurel-test-'))
  let store: Store
  beforeAll(() => {
    cpSync(fixtureFile(`homes/${version}`), home, { recursive: true })
    store = openStore(homePaths(home).database)
  })
  afterAll(() => {
    store.close()
    rmSync(home, { recursive: true, force: true })
  })

  const idOf = (name: string): string => store.runs.list().find((run) => run.name === name)!.id

  it('opens, and is sound', () => {
    expect(checkOf(homePaths(home).database)).toEqual([])
  })

  it('lists its runs with recipes, models, and figures', () => {
    const listed = listingsOf(store).map(({ name, status, error }) => ({ name, status, error }))
    expect(listed).toEqual([
      { name: 'under review', status: 'waiting-for-review', error: null },
      { name: 'tiny', status: 'finished', error: null },
    ])
    const details = detailsOf(store, store.runs.resolve(idOf('tiny')))
    expect(details.recipe).toMatchObject({ seed: 7, iterations: 2, candidates: { count: 3 } })
    expect(details.models.map(({ name }) => name)).toEqual(['M0', 'SFT', 'M1', 'M2', 'M3'])
    expect(details.models.flatMap(({ made }) => (made === null ? [] : [made.prompts]))).toEqual([6, 6])
    expect(details.stages.every(({ finished }) => finished)).toBe(true)
  })

  it('keeps every decision, score, and note with its reviewer, and can undo the last one', () => {
    const reviews = reviewsApi(store, () => 'Ada')
    const runId = idOf('under review')
    const queue = reviews.queue(runId, queueFilter.parse({}))
    expect(queue).toHaveLength(18) // pairs; two prompts of the twenty formed none
    const decisions = [...store.reviews.newest(runId, 1).values()]
    expect(decisions.filter(({ decision }) => decision === 'swap')).toHaveLength(1)
    expect(decisions.find(({ decision }) => decision === 'edit')).toMatchObject({ chosenText: 'A better answer.', reviewer: 'Ada' })
    const before = decisions.length
    reviews.undoLast(runId)
    expect(store.reviews.newest(runId, 1).size).toBeLessThan(before) // the bulk decision
    expect(store.reviews.newest(runId, 1).size).toBeGreaterThanOrEqual(2)
  })

  it('holds a run that gives the same rows when it is run again', async () => {
    const { home: other, remove } = tinyHome()
    const again = openTinyStore(other)
    try {
      const { recipe } = store.runs.resolve(idOf('tiny'))
      const was = (recipe as { base_model: string }).base_model.replace(/\/base$/, '')
      mkdirSync(homePaths(other).runs, { recursive: true })
      const id = again.runs.create({ name: 'tiny', recipe: JSON.parse(JSON.stringify(recipe).replaceAll(was, other)) })
      expect(await workWithStandIn(again, other, id)).toBe('finished')
      expect(valuesOf(contentOfRun(other))).toEqual(valuesOf(withOnly(idOf('tiny'), contentOfRun)))
    } finally {
      again.close()
      remove()
    }
  })

  /** With JSON columns parsed: a migration may write 3 as 3.0. */
  const valuesOf = ({ evaluationUnits, ...content }: Record<string, unknown[]>) => ({
    ...content,
    evaluationUnits: (evaluationUnits as { value: string }[]).map((unit) => ({ ...unit, value: JSON.parse(unit.value) })),
  })

  /** Reads a copy of the data folder that holds a single run. */
  function withOnly<Value>(runId: string, read: (home: string) => Value): Value {
    const copy = mkdtempSync(join(tmpdir(), 'laurel-test-'))
    try {
      cpSync(fixtureFile(`homes/${version}`), copy, { recursive: true })
      openStore(homePaths(copy).database).close() // migrates it
      const db = new Sqlite(homePaths(copy).database)
      db.pragma('foreign_keys = ON')
      db.prepare('DELETE FROM runs WHERE id <> ?').run(runId)
      db.close()
      return read(copy)
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  }
})
