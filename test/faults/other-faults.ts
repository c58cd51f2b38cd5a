import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { homePaths } from '../../main/common/home.ts'
import { generators } from '../../main/common/random.ts'
import { startServe } from '../support/served.ts'
import { visit } from '../support/visitor.ts'
import { endedWithin, errorComplaints, finalComplaints, type Outcome, standingComplaints, until } from './outcome.ts'
import { underClock } from './shim.ts'
import { childrenOf, isRunning, laurel, newWorkload, placeOf, program, type Result, resultOf, type Workload, work } from './workload.ts'

const { deriveSeed, uniform } = generators.murmur

/** Faults other than a failing file operation: a full disk, damaged files, a hanging engine, a clock that was set back. */

type Scenario = (seed: number, reference: Result) => Promise<Omit<Outcome, 'what'> & { readonly what?: string }>

/** A run stopped by kill -9 of main at a given place. The caller removes the workload. */
async function broughtTo(place: string): Promise<Workload> {
  const workload = await newWorkload()
  const { child, ended } = work(workload)
  const isThere = await until(() => placeOf(workload.home) === place || child.exitCode !== null, 300)
  child.kill('SIGKILL')
  await ended
  if (!isThere || child.exitCode !== null) throw new Error(`the run never reached ${place}`)
  return workload
}

/** Why no small disk can be mounted: it requires root, and containers may forbid it. */
export function whyNoSmallDisk(): string | undefined {
  if (process.getuid?.() !== 0) return 'a small disk requires root'
  const folder = mkdtempSync(join(tmpdir(), 'laurel-mount-'))
  const isMounted = mount(folder, 64)
  if (isMounted) unmount(folder)
  rmSync(folder, { recursive: true, force: true })
  return isMounted ? undefined : "couldn't mount a small disk here"
}

const mount = (folder: string, kilobytes: number): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder]).status === 0
const enlarge = (folder: string): void => void spawnSync('mount', ['-o', 'remount,size=1g', folder])
const unmount = (folder: string): void => void spawnSync('umount', ['-l', folder])

/** Call `use` with a separate disk of the given size. */
async function onSmallDisk<Value>(kilobytes: number, use: (disk: string) => Promise<Value>): Promise<Value> {
  const disk = mkdtempSync(join(tmpdir(), 'laurel-disk-'))
  if (!mount(disk, kilobytes)) throw new Error("couldn't mount a small disk")
  try {
    return await use(disk)
  } finally {
    unmount(disk)
    rmSync(disk, { recursive: true, force: true })
  }
}

/** The size of a data folder, kilobytes. */
function sizeOf(home: string): number {
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.parentPath.includes('runtimes'),
  )
  return Math.ceil(files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0) / 1024)
}

async function fullDisk(seed: number, reference: Result) {
  const whole = await newWorkload()
  await work(whole).ended
  const needed = sizeOf(whole.home)
  whole.remove()
  const size = Math.ceil(needed * (0.15 + 0.7 * uniform(deriveSeed(seed, 'disk'), 0)))
  return onSmallDisk(size, async (disk) => {
    const workload = await newWorkload({ place: disk })
    const end = await endedWithin(work(workload), 300)
    const complaints = [
      ...(end === undefined ? ['no end in 300 s'] : errorComplaints(end)),
      ...(end?.code === 0 || /full|free/i.test(end?.stderr ?? '')
        ? []
        : [`the error doesn't say that the disk is full: ${end?.stderr.slice(-300)}`]),
      ...standingComplaints(workload),
    ]
    enlarge(disk)
    return {
      kind: 'the disk is full',
      what: `${size} of ${needed} kB`,
      complaints: [...complaints, ...(await finalComplaints(workload, reference))],
    }
  })
}

async function fullDiskUnderServe(_seed: number, reference: Result) {
  return onSmallDisk(1200, async (disk) => {
    const workload = await newWorkload({ place: disk })
    const served = await startServe(workload.home, [], program)
    const visitor = await visit(served.address)
    const complaints: string[] = []
    const status = async (): Promise<string> => (await visitor.client.runs.show({ id: workload.run })).status
    await visitor.client.runs.start({ id: workload.run })
    if (!(await until(async () => (await status()) === 'failed', 120))) complaints.push(`the run is ${await status()} on a full disk`)
    const shown = await visitor.client.runs.show({ id: workload.run })
    if (!/DISK/.test(shown.error?.code ?? '')) complaints.push(`the reason shown is ${JSON.stringify(shown.error)}`)
    enlarge(disk)
    await visitor.client.runs
      .start({ id: workload.run })
      .catch((error: unknown) => complaints.push(`couldn't start it again: ${String(error)}`))
    if (!(await until(async () => (await status()) === 'running', 30))) complaints.push(`after starting it again it is ${await status()}`)
    visitor.leave()
    await served.end()
    const { answers: _, evaluations: __, evaluationUnits: ___, ...rows } = reference.rows // `serve` also has the demo's program grade the models
    return {
      kind: 'the disk is full under serve',
      complaints: [...complaints, ...(await finalComplaints(workload, { ...reference, rows }))],
    }
  })
}

/** Damage a file of a stopped run. Laurel must report it and leave everything else alone; once the file is restored, the run must finish. */
const damaged =
  (kind: string, place: string, fileOf: (workload: Workload) => string, damage: (path: string, seed: number) => void): Scenario =>
  async (seed, reference) => {
    const workload = await broughtTo(place)
    const path = fileOf(workload)
    const good = `${workload.home}.good`
    copyFileSync(path, good)
    damage(path, seed)
    const bad = existsSync(path) ? readFileSync(path) : undefined
    const end = await endedWithin(work(workload), 120)
    const complaints = [
      ...(end === undefined ? ['no end in 120 s'] : end.code === 0 ? ['it continued with the damaged file'] : errorComplaints(end)),
      ...(bad === undefined || (existsSync(path) && readFileSync(path).equals(bad)) ? [] : ['the damaged file was changed']),
    ]
    copyFileSync(good, path)
    rmSync(good)
    complaints.push(...(await finalComplaints(workload, reference)))
    if (complaints.length === 0) workload.remove()
    return { kind, what: workload.home, complaints }
  }

const half = (path: string): void => truncateSync(path, Math.floor(statSync(path).size / 2))
const noise = (path: string, seed: number): void => {
  const bytes = readFileSync(path)
  for (let at = 0; at < Math.min(bytes.length, 4096); at++) bytes[at] = Math.floor(uniform(seed, at) * 256)
  writeFileSync(path, bytes)
}

const weightsOf =
  (model: string) =>
  ({ home, run }: Workload): string =>
    join(homePaths(home).run(run), 'models', model, 'model.safetensors')

/** The database as one file: the log is merged first, or it would repair the damage. */
function database({ home }: Workload): string {
  const path = homePaths(home).database
  const db = new Sqlite(path)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  return path
}

async function hangingEngine(_seed: number, reference: Result) {
  const workload = await newWorkload()
  const { child, ended } = work(workload)
  await until(() => placeOf(workload.home) === '1 candidates' || child.exitCode !== null, 300)
  const engines = childrenOf(child.pid!)
  for (const pid of engines) process.kill(pid, 'SIGSTOP')
  const stop = await endedWithin(laurel(workload.home, ['run', 'stop', workload.run]), 60)
  const main = await endedWithin({ child, ended }, 30)
  const complaints = [
    ...(stop?.code === 0 ? [] : ['`run stop` did not return within 60 s']),
    ...(main === undefined ? ['main continued for 30 s'] : []),
    ...(engines.length > 0 && (await until(() => engines.every((pid) => !isRunning(pid)), 20)) ? [] : ['the engine is still alive']),
    ...standingComplaints(workload),
  ]
  for (const pid of engines) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  complaints.push(...(await finalComplaints(workload, reference)))
  if (complaints.length === 0) workload.remove()
  return { kind: 'the engine hangs', what: workload.home, complaints }
}

async function clockTurnedBack(_seed: number, reference: Result) {
  const workload = await broughtTo('1 judgements')
  const days = 24 * 60 * 60
  const end = await endedWithin(work(workload, underClock(-10 * days)), 300)
  const complaints = end?.code === 0 ? [] : [`it doesn't finish: ${end?.stderr.slice(-400)}`]
  const db = new Sqlite(homePaths(workload.home).database, { readonly: true })
  const backwards = db
    .prepare(
      'SELECT (SELECT count(*) FROM stages WHERE seconds < 0) + (SELECT count(*) FROM jobs j JOIN runs r ON r.id = j.run_id WHERE j.finished_at < r.created_at)',
    )
    .pluck()
    .get()
  db.close()
  if (backwards !== 0) complaints.push('something ends before it starts')
  if (JSON.stringify(resultOf(workload).models) !== JSON.stringify(reference.models)) complaints.push('the models differ')
  if (complaints.length === 0) workload.remove()
  return { kind: 'the clock is set back by ten days', what: workload.home, complaints }
}

/** Each fault is injected `times` times, with different seeds. */
const scenarios: readonly Scenario[] = [
  damaged('a model is truncated', '1 candidates', weightsOf('M1'), half),
  damaged('the header of a model is noise', '1 candidates', weightsOf('M1'), noise),
  damaged('a model’s weights are missing', '1 candidates', weightsOf('M1'), (path) => rmSync(path)),
  damaged('the database is truncated', '1 candidates', database, half),
  damaged('the start of the database is noise', '1 candidates', database, noise),
  hangingEngine,
  clockTurnedBack,
]
const onDisks: readonly Scenario[] = [fullDisk, fullDiskUnderServe]

export async function otherFaults(
  times: number,
  seed: number,
  reference: Result,
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const all = whyNoSmallDisk() === undefined ? [...scenarios, ...onDisks] : scenarios
  const outcomes: Outcome[] = []
  for (let time = 0; time < times; time++) {
    for (const scenario of all) {
      const outcome = { what: '', ...(await scenario(seed + time, reference)) }
      onOutcome(outcome)
      outcomes.push(outcome)
    }
  }
  return outcomes
}
