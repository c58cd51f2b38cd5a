import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { workOn } from '../../main/loop/session.ts'
import type { TrainParams } from '../../main/shared/engine-protocol.ts'
import type { Store } from '../../main/store/store.ts'
import { standInEngine } from '../support/stand-in-engine.ts'
import { contentOfRun, createTinyRun, openTinyStore, tinyHome, workWithStandIn } from '../support/tiny-run.ts'
import { withTinyStore } from '../support/tiny-store.ts'

let home: string
let store: Store
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
})

type Rejects = (store: Store, fails: (name: string) => boolean) => Partial<Store>

const locked = (): Error => new Sqlite.SqliteError('database is locked', 'SQLITE_BUSY')

/** Metrics from `step` of M1's training on. */
const metricsFrom =
  (step: number): Rejects =>
  ({ metrics }, isTraining) => ({
    metrics: {
      ...metrics,
      addStep(...args) {
        if (isTraining('M1') && args[1] >= step) throw locked()
        metrics.addStep(...args)
      },
    },
  })

/** All references of M2's training but the first. */
const references: Rejects = ({ trainings }, isTraining) => ({
  trainings: {
    ...trainings,
    addReference(...args) {
      if (isTraining('M2') && args[1] > 0) throw locked()
      trainings.addReference(...args)
    },
  },
})

/**
 * The database rejects something of a training, while the engine finishes it and saves the model, as in a separate process. Returns the run
 * and the model's folder.
 */
async function trainWithout(rejects: Rejects): Promise<{ runId: string; out: string; checkpoints: string }> {
  const runId = createTinyRun(store, home)
  const engine = standInEngine()
  let asked: TrainParams | undefined
  const watched = {
    ...engine,
    train: (...args: Parameters<typeof engine.train>) => {
      asked = args[0]
      return engine.train(...args)
    },
  }
  const rejecting: Store = { ...store, ...rejects(store, (name) => asked?.out.endsWith(name) ?? false) }
  const work = workOn({ store: rejecting, home, runId, startEngine: async () => watched })
  await expect(work).rejects.toMatchObject({ code: 'BUSY' })
  for await (const _ of engine.train(asked!)); // the engine finishes by itself
  return { runId, out: asked!.out, checkpoints: asked!.checkpoints }
}

/** The same run, undisturbed, in a separate data folder. */
async function undisturbed(): Promise<ReturnType<typeof contentOfRun>> {
  const other = tinyHome()
  const its = openTinyStore(other.home)
  await workWithStandIn(its, other.home, createTinyRun(its, other.home))
  its.close()
  const content = contentOfRun(other.home)
  other.remove()
  return content
}

const summaryOf = (runId: string): unknown => store.stages.find(runId, 0, 'train')?.summary

test('a model completed while the database rejected metrics is adopted with all its steps and the correct summary', async () => {
  const { runId, out } = await trainWithout(metricsFrom(3))
  const { ino } = statSync(out)
  expect(await workWithStandIn(store, home, runId)).toBe('finished')
  expect(statSync(out).ino).toBe(ino) // adopted, not trained again
  const training = store.trainings.find(runId, 'M1')!
  expect(store.metrics.lastStep(training.id)).toBe(training.steps)
  expect(summaryOf(runId)).toMatchObject({ steps: training.steps })
  expect(contentOfRun(home).metrics).toEqual((await undisturbed()).metrics)
})

test('a model completed while the database rejected reference log-probabilities is adopted with all of them', async () => {
  const { out } = await trainWithout(references)
  const { ino } = statSync(out)
  const [run] = store.runs.list()
  expect(await workWithStandIn(store, home, run.id)).toBe('finished')
  expect(statSync(out).ino).toBe(ino)
  expect(contentOfRun(home)).toEqual(await undisturbed())
})

test('if the journal is lost too, the last steps are repeated and give the same model', async () => {
  const { runId, out, checkpoints } = await trainWithout(metricsFrom(3))
  const model = readFileSync(join(out, 'weights'), 'utf8')
  rmSync(join(checkpoints, 'journal'))
  const warnings: string[] = []
  await workWithStandIn(store, home, runId, {}, { listener: (event) => void (event.kind === 'warning' && warnings.push(event.code)) })
  expect(warnings).toContain('metrics-lost')
  expect(readFileSync(join(out, 'weights'), 'utf8')).toBe(model)
  const training = store.trainings.find(runId, 'M1')!
  expect(store.metrics.lastStep(training.id)).toBe(training.steps)
})

test('a training interrupted by an incomplete stop-and-keep continues to its end', async () => {
  const { runId, out, checkpoints } = await trainWithout(metricsFrom(3))
  const model = readFileSync(join(out, 'weights'), 'utf8')
  rmSync(out, { recursive: true })
  for (const name of readdirSync(checkpoints)) if (Number(name) > 4) rmSync(join(checkpoints, name))
  const training = store.trainings.find(runId, 'M1')!
  const dying: Store = {
    ...store,
    models: {
      ...store.models,
      add(model) {
        if (model.name === 'M1') throw new Sqlite.SqliteError('database is locked', 'SQLITE_BUSY') // killed before the row
        store.models.add(model)
      },
    },
  }
  await expect(workWithStandIn(dying, home, runId, {}, { wanted: 'end' })).rejects.toMatchObject({ code: 'BUSY' })
  expect(store.metrics.lastStep(training.id)).toBeLessThan(training.steps!)
  expect(await workWithStandIn(store, home, runId)).toBe('finished')
  expect(store.metrics.lastStep(training.id)).toBe(training.steps)
  expect(readFileSync(join(out, 'weights'), 'utf8')).toBe(model)
})

test('summarizes a training with more metrics than a call can have arguments', async () => {
  const runId = createTinyRun(store, home)
  const many = Object.fromEntries(Array.from({ length: 130_000 }, (_, i) => [`metric/${i}`, i]))
  const { addStep } = store.metrics
  store.metrics.addStep = (id, step, metrics) => {
    const isFirst = store.trainings.find(runId, 'M1')?.id === id && step === 1
    addStep(id, step, isFirst ? { ...metrics, ...many } : metrics)
  }
  expect(await workWithStandIn(store, home, runId)).toBe('finished')
  expect(summaryOf(runId)).toMatchObject({ steps: store.trainings.find(runId, 'M1')!.steps })
})
