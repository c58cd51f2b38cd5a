import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { engineSettings } from '../../main/shared/engine-settings.ts'
import { recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { saveClusterModel } from '../support/cluster-model.ts'
import { linux, needing } from '../support/needs.ts'
import { type RayCluster, rayCluster, rayEnvironment } from '../support/ray-cluster.ts'
import { type ServedLaurel, startServe } from '../support/served.ts'
import { contentOfRun } from '../support/tiny-run.ts'
import { visit } from '../support/visitor.ts'

const minute = 60_000
const everything = { prompts: 'cluster', answers: 'cluster', judge: 'cluster', train: 'cluster', evaluate: 'cluster' }

interface LaurelHome {
  readonly home: string
  readonly store: Store
  readonly storage: string
  readonly runId: string
}

/** M0 to M2 with every kind of work on the cluster, started through the window's API. */
needing(linux, rayEnvironment).describe('a run whose work is done on a Ray cluster', { timeout: 60 * minute }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-on-ray-'))
  let cluster: RayCluster

  beforeAll(async () => {
    cluster = await rayCluster()
  }, 10 * minute)
  afterAll(async () => {
    await cluster?.close()
    rmSync(folder, { recursive: true, force: true })
  }, minute)

  const rows = (count: number, row: (i: number) => object): string =>
    Array.from({ length: count }, (_, i) => `${JSON.stringify(row(i))}\n`).join('')

  /** A data folder with a run that nothing has been done for. Each has its own storage, so that no results of another are found there. */
  function laurelHome(name: string): LaurelHome {
    const home = join(folder, name)
    const storage = cluster.anotherStorage(name)
    mkdirSync(home)
    symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
    saveClusterModel(join(home, 'base'))
    writeFileSync(
      join(home, 'ift.jsonl'),
      rows(6, (i) => ({ instruction: `say what ${i} is`, input: '', output: `it is ${i}.` })),
    )
    writeFileSync(
      join(home, 'prompts.jsonl'),
      rows(8, (i) => ({ prompt: `tell me of ${i} things` })),
    )
    const store = openStore(homePaths(home).database)
    const recipe = recipeSchema.parse({
      ...{ name: 'on a cluster', seed: 3, iterations: 1, base_model: join(home, 'base'), precision: 'float32', engines: everything },
      seed_data: { ift: join(home, 'ift.jsonl') },
      sft: { batch_size: 2, save_steps: 1, max_length: 64 },
      prompts: { method: 'file', file: join(home, 'prompts.jsonl'), count: 4, filters: { max_rouge_l: 1 } },
      candidates: { count: 3, max_new_tokens: 6, temperature: 1, top_p: 1 },
      judge: { method: 'expected', prompt: 'ticks' }, // a short prompt
      dpo: { batch_size: 2, save_steps: 1, max_length: 64, learning_rate: 1e-3 },
      evaluation: { count: 2, method: 'reward', max_new_tokens: 6 },
      batch: 16,
    })
    return { home, store, storage, runId: store.runs.create({ name: 'on a cluster', recipe }) }
  }

  /** Asks for a run through the window's API: the engine is added there once, and the run started or resumed. */
  async function start({ store, storage, runId }: LaurelHome, served: ServedLaurel): Promise<void> {
    const { client, leave } = await visit(served.address)
    if (store.engines.find('cluster') === undefined) {
      const settings = engineSettings.parse({ kind: 'ray', address: cluster.address, storage })
      await client.engines.add({ name: 'cluster', settings, key: null })
    }
    await client.runs.start({ id: runId })
    leave()
  }

  /** Units of work that are stored. */
  const unitsOf = ({ home }: LaurelHome): number => {
    const content = contentOfRun(home)
    return ['candidates', 'judgements', 'evaluationUnits', 'metrics', 'models'].reduce((sum, table) => sum + content[table].length, 0)
  }

  const isOver = ({ store, runId }: LaurelHome): boolean => ['finished', 'failed'].includes(store.runs.resolve(runId).status)

  async function whole(): Promise<LaurelHome> {
    const own = laurelHome('whole')
    const served = await startServe(own.home)
    await start(own, served)
    while (!isOver(own)) await sleep(500)
    await served.end()
    return own
  }

  /** Kills a process with -9 whenever some units have been stored since the last time, each kind in turn. */
  async function killed(units: number): Promise<{ own: LaurelHome; kills: string[] }> {
    const own = laurelHome('killed')
    const kills: string[] = []
    let served = await startServe(own.home)
    const victims: Record<string, () => Promise<void>> = {
      'a vLLM process or a trainer': async () => killOne(cluster, /^ray::(?:VllmEngine|RayTrainWorker)/),
      'the worker node': async () => {
        cluster.kill('worker')
        cluster.start('worker')
      },
      Laurel: async () => {
        await served.end('SIGKILL')
        served = await startServe(own.home)
        await start(own, served)
      },
      'the head node': async () => {
        cluster.kill('head')
        cluster.kill('worker')
        cluster.start('head')
        await cluster.upTo(1)
        cluster.start('worker')
      },
    }
    await start(own, served)
    const names = Object.keys(victims)
    for (let limit = units; !isOver(own); limit = unitsOf(own) + units) {
      while (!isOver(own) && unitsOf(own) < limit) await sleep(200)
      const name = names[kills.length % names.length]
      if (isOver(own) || kills.length >= most) continue
      await victims[name]()
      kills.push(name)
    }
    await served.end()
    return { own, kills }
  }

  test('is made of the same rows when a worker, the head, vLLM, and Laurel are killed on the way', async () => {
    const undisturbed = await whole()
    expect(undisturbed.store.jobs.find(undisturbed.runId)?.error ?? null).toBeNull()
    expect(undisturbed.store.models.ofRun(undisturbed.runId).map(({ name }) => name)).toEqual(['M0', 'M1', 'M2'])
    const content = contentOfRun(undisturbed.home)
    expect(content.pairs.length).toBeGreaterThan(0)

    const { own, kills } = await killed(Math.floor(unitsOf(undisturbed) / (most + 1)))
    expect(kills.length).toBeGreaterThanOrEqual(Math.min(4, most))
    expect(own.store.jobs.find(own.runId)?.error ?? null).toBeNull()
    expect(comparable(contentOfRun(own.home))).toEqual(comparable(content))
  })
})

/** Kills of each run; more with LAUREL_TEST_KILLS. */
const most = Number(process.env.LAUREL_TEST_KILLS ?? 4)

function killOne(cluster: RayCluster, command: RegExp): void {
  const found = cluster.processes().find((one) => command.test(one.command))
  if (found !== undefined) process.kill(found.pid, 'SIGKILL')
}

/** Rows without what the last bits of a number decide: a training that continues from a checkpoint may add in another order. */
function comparable(content: Record<string, unknown[]>): unknown {
  const rounded = (value: unknown): unknown => {
    if (typeof value === 'number') return Number(value.toPrecision(4))
    if (typeof value === 'string' && /^[[{]/.test(value)) return JSON.stringify(rounded(JSON.parse(value)))
    if (Array.isArray(value)) return value.map(rounded)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (key === 'sha256' ? [] : [[key, rounded(inner)]])))
  }
  return rounded(content)
}
