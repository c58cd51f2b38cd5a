import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { homeFolder } from '../../main/common/home.ts'
import type { Need } from './needs.ts'

/** Where `npm run test:cluster` installs Ray, vLLM, and TRL; `LAUREL_TEST_CLUSTER` names an environment that is there already. */
const environment = process.env.LAUREL_TEST_CLUSTER ?? join(homeFolder(), 'cluster-test')

export const rayEnvironment: Need = {
  isMet: process.env.LAUREL_TEST_CLUSTER !== undefined || existsSync(join(environment, 'laurel-ready')),
  reason: 'no Ray, vLLM, and TRL (npm run test:cluster)',
}

const loopback = '127.0.0.1'
const nodeOptions = [
  '--block',
  '--node-ip-address',
  loopback,
  '--num-cpus',
  '2',
  '--object-store-memory',
  '100000000',
  '--disable-usage-stats',
]

/** Small engines, which start without compiling anything and don't bind themselves to processors. */
const settings = {
  idle_seconds: 900,
  inference: {
    cpus: 0.5,
    rows: 1, // of an engine at a time: small requests, so that a kill interrupts a stage
    engine: { enforce_eager: true, kv_cache_memory_bytes: 64 * 2 ** 20, max_num_seqs: 32 },
    environment: { VLLM_CPU_OMP_THREADS_BIND: 'nobind' },
  },
  training: { cpus: 0.5, workers: 2 },
}

/** Environment variables that mark the processes of this test, so that none outlives it. */
const mark = `LAUREL_TEST_RAY=${process.pid}-${Date.now()}`

/** Also when the cluster never came up, or a test's time was over. */
const killAll = (): void => {
  for (const { pid } of processesOf()) killQuietly(pid)
}

/** A Ray head and a worker on this machine, and storage that they share. Every process ends with `close`, also those that were started by others. */
export async function rayCluster() {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-ray-'))
  /** Storage in which nothing has been computed yet. */
  function anotherStorage(name: string): string {
    const storage = join(folder, name)
    mkdirSync(join(storage, 'laurel-1'), { recursive: true })
    writeFileSync(join(storage, 'laurel-1', 'cluster.json'), JSON.stringify(settings))
    return storage
  }
  const [port, dashboard, client, headAgent, workerAgent] = await Promise.all(Array.from({ length: 5 }, freePort))
  const nodes = new Map<NodeName, ChildProcess>()
  process.once('exit', killAll)

  function start(name: NodeName): void {
    const own = ['--head', '--port', port, '--dashboard-host', loopback, '--dashboard-port', dashboard, '--ray-client-server-port', client]
    const args = [
      'start',
      ...nodeOptions,
      '--temp-dir',
      join(folder, name), // its own: a restarted node unpacks a job's code again, over what the other's processes are in
      ...['--dashboard-agent-listen-port', String(name === 'head' ? headAgent : workerAgent)], // Ray's own is taken beside another cluster
      ...(name === 'head' ? own.map(String) : ['--address', `${loopback}:${port}`]),
    ]
    const log = openSync(join(folder, `${name}.log`), 'a')
    const [variable, value] = mark.split('=')
    const env = {
      ...process.env,
      ...{
        PATH: `${join(environment, 'bin')}:${process.env.PATH}`,
        RAY_USAGE_STATS_ENABLED: '0',
        RAY_AUTH_MODE: 'disabled',
        [variable]: value,
      },
      ...{ TMPDIR: folder, LAUREL_CACHE: join(folder, 'cache'), VLLM_NO_USAGE_STATS: '1', DO_NOT_TRACK: '1', OMP_NUM_THREADS: '1' },
      // For a busy machine: at Ray's niceness of 15 workers get next to nothing there, and a raylet that waits 15 s for Python to compile gives up
      ...{ RAY_health_check_timeout_ms: '60000', RAY_worker_niceness: '0', PYTHONDONTWRITEBYTECODE: undefined },
      SPT_NOENV: '1', // Ray's processes name themselves, and without it they write the name over their environment, which has the mark
    }
    nodes.set(name, spawn(join(environment, 'bin', 'ray'), args, { env, stdio: ['ignore', log, log], detached: true }))
  }

  const address = `http://${loopback}:${dashboard}`
  const aliveNodes = async (): Promise<number> => {
    const answer = await fetch(`${address}/nodes?view=summary`).catch(() => undefined)
    if (!answer?.ok) return 0
    const { data } = (await answer.json()) as { data: { summary: { raylet: { state?: string } }[] } }
    return data.summary.filter(({ raylet }) => raylet.state === 'ALIVE').length
  }

  /** Waits for so many nodes. On a busy machine Ray's own patience may end before a node is up: it is started again, a worker once the head is up. */
  async function upTo(count: number): Promise<void> {
    for (let i = 0, restarts = 0; i < 1200; i++) {
      const alive = await aliveNodes()
      if (alive >= count) return
      for (const [name, { exitCode, signalCode }] of nodes) {
        if ((exitCode === null && signalCode === null) || (name === 'worker' && alive === 0)) continue
        if (++restarts > 8) throw new Error(`the cluster doesn't start: ${readFileSync(join(folder, `${name}.log`), 'utf8')}`)
        start(name)
      }
      await sleep(500)
    }
    throw new Error(`the cluster doesn't start: ${readFileSync(join(folder, 'head.log'), 'utf8')}`)
  }

  try {
    start('head')
    await upTo(1)
    start('worker')
    await upTo(2)
  } catch (error) {
    killAll() // no one can close it
    throw error
  }
  return {
    ...{ address, anotherStorage, storage: anotherStorage('storage') },
    processes: processesOf,
    /** Kills a node with everything that it started, as a machine that loses power does. */
    kill(name: NodeName): void {
      const group = nodes.get(name)?.pid
      for (const { pid } of processesOf(group)) killQuietly(pid)
    },
    start,
    upTo,
    async close(): Promise<void> {
      killAll()
      await sleep(500)
      killAll() // what was just being started
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
type NodeName = 'head' | 'worker'
export type RayCluster = Awaited<ReturnType<typeof rayCluster>>

interface MarkedProcess {
  readonly pid: number
  readonly command: string
  readonly parent: number
}

/** The processes that this test started, directly or not; with `ancestor`, only its descendants and itself. */
function processesOf(ancestor?: number): MarkedProcess[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): MarkedProcess[] => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(mark)) return []
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return [{ pid: Number(name), command, parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) }]
      } catch {
        return [] // it has just ended
      }
    })
  if (ancestor === undefined) return all
  const inside = new Set([ancestor])
  for (let before = 0; before < inside.size; ) {
    before = inside.size
    for (const { pid, parent } of all) if (inside.has(parent)) inside.add(pid)
  }
  return all.filter(({ pid }) => inside.has(pid))
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // already gone
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, loopback, () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
