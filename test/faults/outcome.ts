import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Ended,
  integrityOf,
  movedDatabases,
  partialFolders,
  type Result,
  resultOf,
  temporariesIn,
  type Workload,
  work,
} from './workload.ts'

/** The outcome of one fault. */
export interface Outcome {
  readonly kind: string
  /** Exactly what was injected, so that it can be repeated. */
  readonly what: string
  /** What was wrong afterwards; empty if the fault was survived. */
  readonly complaints: readonly string[]
}

/** Wait for a condition; returns whether it became true in time. */
export async function until(holds: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000
  while (!(await holds())) {
    if (performance.now() > deadline) return false
    await sleep(10)
  }
  return true
}

/** The result of work, or undefined if it hasn't ended in time; it is then killed. */
export async function endedWithin({ child, ended }: { child: { kill(signal: 'SIGKILL'): void }; ended: Promise<Ended> }, seconds: number) {
  const end = await Promise.race([ended, sleep(seconds * 1000, undefined, { ref: false })])
  if (end === undefined) child.kill('SIGKILL')
  return end
}

/** A failing command must print one error line that a user can act on. */
export function errorComplaints({ code, stderr }: Ended): string[] {
  if (code === 0 || code === null) return []
  const errors = stderr.split('\n').filter((line) => line.startsWith('error: '))
  if (errors.length !== 1) return [`${errors.length} error lines: ${stderr.slice(-500)}`]
  return /\n {4}at |bug in Laurel/.test(stderr) ? [`not a user's error: ${stderr.slice(-600)}`] : []
}

/** What must hold at any moment, even right after a kill. */
export function standingComplaints(workload: Workload): string[] {
  const integrity = integrityOf(workload.home)
  return [
    ...(integrity === 'ok' ? [] : [`integrity: ${integrity}`]),
    ...partialFolders(workload).map((path) => `partial: ${path}`),
    ...movedDatabases(workload.home).map((name) => `moved away: ${name}`),
  ]
}

/** Finish the run without faults and compare it with an undisturbed one. `acknowledged`: rows that were seen along the way. */
export async function finalComplaints(workload: Workload, reference: Result, acknowledged: Result['rows'][] = []): Promise<string[]> {
  const end = await endedWithin(work(workload), 300)
  if (end?.code !== 0) return [`the run doesn't finish: ${end === undefined ? 'no end in 300 s' : end.stderr.slice(-500)}`]
  const { rows, models } = resultOf(workload)
  const lost = acknowledged.flatMap((seen) => Object.entries(seen).flatMap(([table, all]) => missingFrom(rows[table] ?? [], all, table)))
  return [
    ...standingComplaints(workload),
    ...lost.slice(0, 3),
    ...(JSON.stringify(models) === JSON.stringify(reference.models) ? [] : ['the models differ from those of an undisturbed run']),
    ...differences(rows, reference.rows),
    ...temporariesIn(workload.home).map((path) => `left behind: ${path}`),
  ]
}

function missingFrom(rows: readonly string[], seen: readonly string[], table: string): string[] {
  const there = new Set(rows)
  return seen.filter((row) => !there.has(row)).map((row) => `lost from ${table}: ${row.slice(0, 200)}`)
}

function differences(rows: Result['rows'], expected: Result['rows']): string[] {
  return Object.keys(expected).flatMap((table) => {
    const [now, then] = [rows[table].toSorted(), expected[table].toSorted()]
    if (now.length !== then.length) return [`${table}: ${now.length} rows instead of ${then.length}`]
    const at = now.findIndex((row, index) => row !== then[index])
    return at === -1 ? [] : [`${table} differs: ${now[at].slice(0, 150)} instead of ${then[at].slice(0, 150)}`]
  })
}

/** A table of injected and survived faults by kind, followed by what went wrong. */
export function report(outcomes: readonly Outcome[]): string {
  const kinds = [...new Set(outcomes.map(({ kind }) => kind))]
  const width = Math.max(...kinds.map((kind) => kind.length))
  const lines = kinds.map((kind) => {
    const of = outcomes.filter((outcome) => outcome.kind === kind)
    return `${kind.padEnd(width)}  injected ${String(of.length).padStart(3)}  survived ${String(of.filter(hasSurvived).length).padStart(3)}`
  })
  const failures = outcomes
    .filter((outcome) => !hasSurvived(outcome))
    .map(({ kind, what, complaints }) => `not survived: ${kind}, ${what}\n${complaints.map((text) => `  ${text}`).join('\n')}`)
  const survived = outcomes.filter(hasSurvived).length
  return [...lines, ...failures, `${survived} of ${outcomes.length} faults survived`].join('\n')
}

export const hasSurvived = ({ complaints }: Outcome): boolean => complaints.length === 0
