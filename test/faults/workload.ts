import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { writerOf } from '../../main/common/temporary-names.ts'
import { repositoryFile } from '../support/shared.ts'
import { contentOfRun } from '../support/tiny-run.ts'

/**
 * The run that faults are injected into: a demo run with smaller counts but all stages, both kinds of training, checkpoints every other step, and the
 * real engine and weights. It uses one thread and a fixed precision, so that equal runs have bit-identical models: a busy machine could measure
 * either precision as the faster one.
 */
const settings = [
  'precision=float32',
  'prompts.count=16',
  'evaluation.count=4',
  'seed_data.ift_limit=16',
  'seed_data.eft_limit=16',
  'sft.epochs=1',
  'sft.batch_size=8',
  'sft.save_steps=2',
  'dpo.batch_size=4',
  'dpo.save_steps=2',
  'chunk=8',
]

export const program = repositoryFile('build/main/cli/laurel.js')

/** A data folder with a run that hasn't been started. */
export interface Workload {
  readonly home: string
  readonly run: string
  remove(): void
}

export async function newWorkload({ iterations = 1, place = tmpdir() }: { iterations?: number; place?: string } = {}): Promise<Workload> {
  const made = prepared.get(iterations) ?? prepare(iterations)
  prepared.set(iterations, made)
  const { database, run } = await made
  const home = mkdtempSync(join(place, 'laurel-faults-'))
  symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
  writeFileSync(homePaths(home).database, database)
  return { home, run, remove: () => rmSync(home, { recursive: true, force: true }) }
}

/** Databases with a new run, by its number of iterations: every workload starts with a copy. */
const prepared = new Map<number, Promise<{ readonly database: Buffer; readonly run: string }>>()

async function prepare(iterations: number): Promise<{ database: Buffer; run: string }> {
  const home = mkdtempSync(join(tmpdir(), 'laurel-faults-'))
  try {
    const set = [...settings, `iterations=${iterations}`].flatMap((setting) => ['--set', setting])
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'run', 'new', '--recipe', 'demo', ...set], {
      env: { ...process.env, LAUREL_HOME: home },
    })
    return { database: readFileSync(homePaths(home).database), run: stdout.trim() }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** The end of a command. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

export interface Work {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly nodeOptions?: readonly string[]
}

/** A `laurel` command on a data folder. */
export function laurel(home: string, args: readonly string[], { env = {}, nodeOptions = [] }: CommandOptions = {}): Work {
  const child = spawn(process.execPath, [...nodeOptions, program, ...args], {
    env: { ...process.env, LAUREL_HOME: home, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-50_000)
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, stderr }))
  return { child, ended }
}

/** Start or resume the run. */
export const work = ({ home, run }: Workload, options?: CommandOptions): Work =>
  laurel(home, ['run', 'resume', run, '--threads', '1'], options)

/** The live children of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    const [state, parent] = statusOf(Number(name))
    return Number(parent) === pid && state !== 'Z' ? [Number(name)] : []
  })
}

export function isRunning(pid: number): boolean {
  const [state] = statusOf(pid)
  return state !== undefined && state !== 'Z'
}

function statusOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

/** The run's iteration and stage, such as `1 candidates`; undefined before it has started, or while the database can't be read. */
export function placeOf(home: string): string | undefined {
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(homePaths(home).database, { readonly: true, timeout: 1000 })
    const row = db.prepare<[], { iteration: number; stage: string | null }>('SELECT iteration, stage FROM runs').get()
    return row?.stage == null ? undefined : `${row.iteration} ${row.stage}`
  } catch {
    return undefined
  } finally {
    db?.close()
  }
}

/** Everything that finished runs are compared by. */
export interface Result {
  readonly rows: Readonly<Record<string, readonly string[]>>
  /** The SHA-256 of each file of the run's models, by path. */
  readonly models: Readonly<Record<string, string>>
}

export const resultOf = ({ home, run }: Workload): Result => ({
  rows: rowsOf(home),
  models: hashesOf(join(homePaths(home).run(run), 'models')),
})

/** Every row of a run as text, without row IDs, times, and folders. */
export const rowsOf = (home: string): Record<string, string[]> =>
  Object.fromEntries(Object.entries(contentOfRun(home)).map(([table, rows]) => [table, rows.map((row) => JSON.stringify(row))]))

/** Acknowledged rows that must stay (checkpoints are deleted in the end). */
export function acknowledgedRows(home: string): Record<string, string[]> {
  const { checkpoints: _, ...rows } = rowsOf(home)
  return rows
}

function hashesOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const entries = files.map((entry): [string, string] => {
    const path = join(entry.parentPath, entry.name)
    return [relative(folder, path), createHash('sha256').update(readFileSync(path)).digest('hex')]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The result of SQLite's integrity check; 'ok' if the database is sound. */
export function integrityOf(home: string): string {
  const db = new Sqlite(homePaths(home).database, { readonly: true })
  try {
    return String(db.pragma('integrity_check(1)', { simple: true }))
  } finally {
    db.close()
  }
}

/** Incomplete models and checkpoints under their final names, which a reader would take for complete. */
export function partialFolders({ home, run }: Workload): string[] {
  const folder = homePaths(home).run(run)
  const expected: Record<string, readonly string[]> = {
    models: ['config.json', 'model.safetensors'],
    checkpoints: ['state.json', 'training.safetensors'],
  }
  return foldersOf(join(folder, 'models'))
    .map((path) => [path, expected.models] as const)
    .concat(
      foldersOf(join(folder, 'checkpoints')).flatMap((model) => foldersOf(model).map((path) => [path, expected.checkpoints] as const)),
    )
    .filter(([path, files]) => files.some((name) => !isWhole(join(path, name))))
    .map(([path]) => relative(home, path))
}

const foldersOf = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() && writerOf(entry.name) === undefined ? [join(folder, entry.name)] : [],
      )
    : []

/** A safetensors file is as long as its header says; any other file is not empty. */
function isWhole(path: string): boolean {
  if (!existsSync(path)) return false
  const { size } = statSync(path)
  if (!path.endsWith('.safetensors')) return size > 0
  if (size < 8) return false
  const bytes = readFileSync(path)
  const header = Number(bytes.readBigUInt64LE(0))
  if (size < 8 + header) return false
  const tensors = JSON.parse(bytes.subarray(8, 8 + header).toString()) as Record<string, { data_offsets?: [number, number] }>
  return size === 8 + header + Math.max(0, ...Object.values(tensors).map(({ data_offsets }) => data_offsets?.[1] ?? 0))
}

/** Leftovers of unfinished writes, anywhere in the data folder. */
export const temporariesIn = (home: string): string[] =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter(({ name, parentPath }) => writerOf(name) !== undefined && !parentPath.includes('runtimes'))
    .map(({ name, parentPath }) => relative(home, join(parentPath, name)))

/** Names in the data folder that indicate a moved database. */
export const movedDatabases = (home: string): string[] => readdirSync(home).filter((name) => name.includes('corrupt'))
