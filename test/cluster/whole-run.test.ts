import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RecipeInput } from '../../main/shared/recipe.ts'
import { clusterSettings, everythingOnCluster, finishHere, type RunHome, type RunSize, runHome } from '../support/cluster-run.ts'
import { allKills, linux, needing } from '../support/needs.ts'
import { type RayCluster, rayCluster, rayEnvironment } from '../support/ray-cluster.ts'
import { differencesByEngines, differencesOf } from '../support/same-rows.ts'
import { type ServedLaurel, startServe } from '../support/served.ts'
import { contentOfRun } from '../support/tiny-run.ts'
import { type Visitor, visit } from '../support/visitor.ts'

const minute = 60_000

/** What is killed with -9. An engine is vLLM's process, or a trainer's in a training. */
const victims = ['engine', 'Laurel', 'head', 'worker'] as const
type Victim = (typeof victims)[number]

/** What is killed in a stage, in this order. */
type Kills = Readonly<Record<string, readonly Victim[]>>

/** M0 to M2 with every kind of work on the cluster, started through the window's API. */
needing(linux, rayEnvironment).describe('a run whose work is done on a Ray cluster', { timeout: 120 * minute }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-on-ray-'))
  let cluster: RayCluster

  beforeAll(async () => {
    cluster = await rayCluster()
  }, 10 * minute)
  afterAll(async () => {
    await cluster?.close()
    rmSync(folder, { recursive: true, force: true })
  }, minute)

  /** In small requests and many steps, so that there is something left to do after each kill. */
  const newRun = (name: string, changes: Partial<RecipeInput> = {}, size: RunSize = {}): RunHome =>
    runHome(join(folder, name), { engines: everythingOnCluster, chunk: 2, ...changes }, { epochs: 25, ...size })

  /** Laurel with a window. Its address lets only one visitor in. */
  async function open({ home }: RunHome): Promise<{ served: ServedLaurel; visitor: Visitor }> {
    const served = await startServe(home)
    return { served, visitor: await visit(served.address) }
  }

  /** Asks for a run through the window's API: the engine is added there once, and the run started or resumed. */
  async function start({ store, runId }: RunHome, { client }: Visitor): Promise<void> {
    if (store.engines.find('cluster') === undefined) {
      const storage = cluster.anotherStorage(`of-${runId}`) // its own, so that no results of another run are found there
      await client.engines.add({ name: 'cluster', settings: clusterSettings(cluster.address, storage), key: null })
    }
    await client.runs.start({ id: runId })
  }

  const isOver = ({ store, runId }: RunHome): boolean => ['finished', 'failed'].includes(store.runs.resolve(runId).status)

  const stageOf = ({ store, runId }: RunHome): string => {
    const { iteration, stage } = store.runs.resolve(runId)
    return `${iteration} ${stage}`
  }

  async function finish(own: RunHome): Promise<void> {
    const { served, visitor } = await open(own)
    await start(own, visitor)
    while (!isOver(own)) await sleep(500)
    visitor.leave()
    await served.end()
  }

  /** Finishes a run while processes are killed: each after something has been stored since the stage began, or since the last kill. */
  async function finishKilled(own: RunHome, plan: Kills): Promise<void> {
    const kills: string[] = []
    let { served, visitor } = await open(own)
    const kill: Record<Victim, () => Promise<boolean>> = {
      engine: async () => killEngine(cluster),
      async worker() {
        cluster.kill('worker')
        cluster.start('worker')
        return true
      },
      async Laurel() {
        await served.end('SIGKILL')
        ;({ served, visitor } = await open(own))
        await start(own, visitor)
        return true
      },
      async head() {
        cluster.kill('head')
        cluster.kill('worker')
        cluster.start('head')
        await cluster.upTo(1)
        cluster.start('worker')
        if (isOver(own)) await start(own, visitor) // a slow machine's head takes longer to start than Laurel waits for it
        return true
      },
    }
    await start(own, visitor)
    for (let stage = '', stored = 0, left: Victim[] = []; !isOver(own); await sleep(50)) {
      const units = unitsOf(own)
      if (stageOf(own) !== stage) {
        stage = stageOf(own)
        left = [...(plan[stage] ?? [])]
        stored = units
      }
      const [next] = left
      if (next === undefined || units === stored || !(await kill[next]())) continue
      kills.push(`${stage}: ${next}`)
      console.info(`killed in ${stage}: ${next}`)
      left.shift()
      stored = units
    }
    visitor.leave()
    await served.end()
    expect(errorOf(own)).toBeNull()
    expect.soft(kills).toEqual(Object.entries(plan).flatMap(([stage, some]) => some.map((victim) => `${stage}: ${victim}`)))
  }

  const errorOf = ({ store, runId }: RunHome): unknown => store.jobs.find(runId)?.error ?? null

  test("has the rows of a run on this machine's engine, though a trainer, vLLM, Laurel, the head, and a worker are killed with -9", async () => {
    const greedy = { method: 'spin', candidates: { max_new_tokens: 6, temperature: 0 }, evaluation: { count: 0 } } as const
    const here = newRun('here', { ...greedy, engines: {} })
    await finishHere(here)
    const killed = newRun('killed', greedy)
    await finishKilled(killed, { '0 train': ['engine'], '1 candidates': ['engine', 'Laurel'], '1 train': ['head', 'worker'] })
    expect(killed.store.models.ofRun(killed.runId).map(({ name }) => name)).toEqual(['M0', 'M1', 'M2'])
    const content = contentOfRun(here.home)
    expect(content.pairs.length).toBeGreaterThan(0)
    expect(differencesByEngines(content, contentOfRun(killed.home), 1e-3)).toEqual([])
  })

  needing(allKills).test(
    'has the same rows as undisturbed, with sampled answers, judgements, and evaluations, though each is killed in each stage',
    async () => {
      // so much work that some is left after four kills in a stage: it arrives in bursts
      const changes = { evaluation: { count: 8, method: 'reward', max_new_tokens: 6 } } as const
      const size = { epochs: 200, prompts: 16 }
      const undisturbed = newRun('undisturbed', changes, size)
      await finish(undisturbed)
      expect(errorOf(undisturbed)).toBeNull()
      const killed = newRun('killed in each stage', changes, size)
      const stages = ['0 train', '0 evaluate', '1 candidates', '1 judgements', '1 train', '1 evaluate']
      await finishKilled(killed, Object.fromEntries(stages.map((stage) => [stage, victims])))
      expect(differencesOf(contentOfRun(undisturbed.home), contentOfRun(killed.home), 1e-4)).toEqual([])
    },
  )
})

/** Units of work that are stored. */
function unitsOf({ home }: RunHome): number {
  const content = contentOfRun(home)
  return ['candidates', 'judgements', 'answers', 'evaluationUnits', 'metrics', 'references'].reduce(
    (sum, table) => sum + content[table].length,
    0,
  )
}

function killEngine(cluster: RayCluster): boolean {
  const found = cluster.processes().find(({ command }) => /^ray::(?:VllmEngine|RayTrainWorker)/.test(command))
  if (found === undefined) return false
  process.kill(found.pid, 'SIGKILL')
  return true
}
