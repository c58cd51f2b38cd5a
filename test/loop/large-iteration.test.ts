import type { Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exportedPairs, judgementRows } from '../../main/app/export/run-rows.ts'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { reportOf } from '../../main/loop/iteration-report.ts'
import { trainingCoupling } from '../../main/loop/preferences/coupling.ts'
import { fixedPairs, outcomesOf } from '../../main/loop/preferences/training-pairs.ts'
import type { Stage } from '../../main/loop/run-context.ts'
import { onOneEngine } from '../../main/loop/run-engines.ts'
import { forEachMissing, range } from '../../main/loop/stage-work.ts'
import { sampleCandidates } from '../../main/loop/stages/candidates.ts'
import { judgeCandidates } from '../../main/loop/stages/judge-candidates.ts'
import { makePairs } from '../../main/loop/stages/make-pairs.ts'
import { writePrompts } from '../../main/loop/stages/new-prompts.ts'
import { beginTraining, cutResponses } from '../../main/loop/stages/train-model.ts'
import { review } from '../../main/loop/stages/wait-for-review.ts'
import type { GenerateParams } from '../../main/shared/engine-protocol.ts'
import { type RecipeInput, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'
import { promptsOfSpan } from '../../main/store/tables/prompts-table.ts'
import { type watched, watchedLargeRun } from '../support/watched-database.ts'

/** Two spans of prompts and a part of a third. */
const size = { prompts: 2 * promptsOfSpan + 40, candidates: 2, judgements: 1, steps: 0 }
const rowsOfSpan = promptsOfSpan * size.candidates * size.judgements

let folder: string
let database: Database
let store: Store
let runId: string
let connection: ReturnType<typeof watched>
let remove: () => void
beforeEach(() => {
  ;({ folder, runId, database, connection, store, remove } = watchedLargeRun(size))
  for (const name of ['M0', 'M1'])
    store.models.add({ runId, name, path: name, initialisedFrom: null, reference: null, data: '', sha256: name })
})
afterEach(() => remove())

/** An engine for work that has nothing left to ask. */
const noEngine = {
  generate: () => {
    throw new Error('asked')
  },
} as unknown as Engine

function stageOf(changes: Partial<RecipeInput> = {}, engine: Engine = noEngine): Stage {
  const never = new AbortController().signal
  const counts = { candidates: { count: size.candidates }, judge: { samples: size.judgements } }
  const recipe = recipeSchema.parse({ name: 'large', base_model: 'nowhere', seed_data: { ift: 'nowhere' }, ...counts, ...changes })
  return {
    ...{ store, runId, recipe, iteration: 1, stage: 'pairs', engines: onOneEngine(engine), precision: 'float32', home: folder },
    ...{ signal: never, stop: never, conclude: never, tell: () => {}, checkers: [] },
  }
}

const model = () => store.models.find(runId, 'M1')!

describe('an iteration that doesn’t fit in memory', () => {
  const works: [name: string, work: () => unknown][] = [
    ['responses are sampled', () => sampleCandidates(stageOf(), model())],
    ['responses are judged', () => judgeCandidates(stageOf(), model())],
    ['pairs are made', () => makePairs(stageOf())],
    ['the widest pairs are made', () => makePairs(stageOf({ pairs: { max_per_iteration: 100 } }))],
    ['it is reported', () => reportOf({ store, runId }, 1, 'M1')],
    ['its pairs are counted for the review', () => review(stageOf())],
    ['responses that the token limit cut off are found', () => cutResponses(stageOf(), 1)],
    ['its pairs are exported', () => exportedRows(exportedPairs)],
    ['its judgements are exported', () => exportedRows(judgementRows)],
  ]

  function exportedRows(rowsOf: typeof exportedPairs | typeof judgementRows): number {
    const choice = { run: runId, what: 'pairs', form: 'jsonl', iterations: null, pairs: 'reviewed', model: null } as const
    let rows = 0
    for (const _ of rowsOf({ store, run: store.runs.resolve(runId) }, choice)) rows++
    return rows
  }

  it.each(works)('is read a span of prompts at a time when %s', async (_, work) => {
    database.exec("UPDATE candidates SET finish_reason = 'length'")
    connection.forget()
    await work()
    const { all, largest } = connection.returned()
    expect(all).toBeGreaterThan(promptsOfSpan)
    expect(largest).toBeLessThanOrEqual(rowsOfSpan)
  })

  it('trains on its pairs without reading others for them, also when its training resumes', () => {
    database.exec('DELETE FROM trainings')
    const stage = stageOf()
    const begin = (rows: number) => beginTraining(stage, { name: 'M2', task: 'dpo', settings: stage.recipe.dpo }, rows)
    connection.forget()
    const first = fixedPairs(stage, 'M2', begin)
    expect(connection.returned().largest).toBeLessThanOrEqual(rowsOfSpan)
    expect(first).toHaveLength([...outcomesOf(stage)].length)
    expect(fixedPairs(stage, 'M2', begin)).toEqual(first)
  })

  it('gives the coupling of judge and policy row by row', () => {
    database.exec('DELETE FROM trainings')
    const stage = stageOf()
    fixedPairs(stage, 'M2', (rows) => beginTraining(stage, { name: 'M2', task: 'dpo', settings: stage.recipe.dpo }, rows))
    const { id, rows } = store.trainings.find(runId, 'M2')!
    for (let row = 0; row < rows; row++) store.trainings.addReference(id, row, -40 - (row % 7), -44 + (row % 5))
    connection.forget()
    expect(trainingCoupling(store, id)).toEqual(expect.any(Number))
    expect(connection.returned()).toEqual({ all: rows, largest: 1 })
  })
})

describe('units of work', () => {
  it('are read when they are asked for, not before', async () => {
    const read: number[] = []
    const readAtFirst: number[] = []
    function* rows(): Generator<number> {
      for (let row = 0; row < 100; row++) {
        read.push(row)
        yield row
      }
    }
    const kept: number[] = []
    const work = { recipe: recipeSchema.parse({ name: 'x', base_model: 'x', chunk: 8 }), engine: noEngine }
    await forEachMissing(
      work,
      { rows: rows(), samples: 1, isDone: (row: number) => row < 3, keep: (row: number) => void kept.push(row), leaveOut: () => {} },
      (chunk) => {
        readAtFirst.push(read.length)
        return chunk.map((_, row) => ({ row }))
      },
      () => null,
    )
    expect(readAtFirst[0]).toBeLessThanOrEqual(9)
    expect(kept).toEqual(Array.from({ length: 97 }, (_, i) => i + 3))
  })

  it('leave other work its turn, even if a program does them without waiting for anything', async () => {
    const kept: number[] = []
    let atTurn: number | undefined
    setImmediate(() => setImmediate(() => setImmediate(() => (atTurn = kept.length))))
    await forEachMissing(
      { recipe: recipeSchema.parse({ name: 'x', base_model: 'x', chunk: 8 }), engine: noEngine },
      { rows: range(100), samples: 1, isDone: () => false, keep: (row: number) => void kept.push(row), leaveOut: () => {} },
      (chunk) => chunk.map((_, row) => ({ row })),
      () => null,
    )
    expect(atTurn).toBeLessThan(100)
  })
})

describe('writing prompts', () => {
  /** Rows that the store returns while a new run writes so many prompts, eight a round. */
  async function rowsRead(count: number): Promise<number> {
    let written = 0
    const engine = {
      async *generate({ rows }: GenerateParams) {
        for (const row of rows.keys()) {
          const text = `Explain number ${written++} of all things to a child`
          yield { row, sample: 0, text, tokenIds: [], finishReason: 'stop' as const, promptTokens: 0 }
        }
      },
    } as unknown as Engine
    const stage = stageOf({ prompts: { count, filters: { max_rouge_l: 1 } }, chunk: 8 }, engine)
    const id = store.runs.create({ name: 'prompts', recipe: stage.recipe })
    for (let position = 0; position < 8; position++)
      store.examples.add(id, { kind: 'demonstration', position, instruction: `Seed task number ${position} of eight` })
    connection.forget()
    await writePrompts({ ...stage, runId: id }, model())
    expect(store.counts.prompts(id, 1).accepted).toBe(count)
    return connection.returned().all
  }

  it('reads a prompt only to show it, so that twice as many prompts take twice as many rows', async () => {
    const [once, twice] = [await rowsRead(160), await rowsRead(320)]
    expect(twice / once).toBeLessThan(2.2)
  })
})
