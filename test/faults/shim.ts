import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryFile } from '../support/shared.ts'

/** In the order of the shim's counters. */
const operations = ['open', 'read', 'write', 'fsync', 'rename', 'mkdir'] as const
export type Operation = (typeof operations)[number]

/** A file operation to fail. */
export interface Fault {
  readonly operation: Operation
  /** A text that the path must contain. */
  readonly path: string
  /** Which of the operations fails; the first is 1. */
  readonly nth: number
  readonly errno: keyof typeof constants.errno
  /** Whether all later ones fail too, as on a disk that stays full. */
  readonly sticky?: boolean
}

const source = repositoryFile('test/faults/shim.c')
const inherit = repositoryFile('test/faults/inherit-shim.js')

/** Why faults can't be injected here; undefined if they can. */
export function whyNoShim(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux is supported'
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'no C compiler (cc)'
}

/** The path of the compiled library, compiled if necessary: one file for each version of its source. */
function library(): string {
  const version = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const file = join(tmpdir(), `laurel-fault-shim-${version}.so`)
  if (existsSync(file)) return file
  const folder = mkdtempSync(join(tmpdir(), 'laurel-shim-'))
  const made = join(folder, 'shim.so')
  const { status, stderr } = spawnSync('cc', ['-O1', '-shared', '-fPIC', '-D_LARGEFILE64_SOURCE', '-o', made, source, '-ldl'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`couldn't compile the fault shim:\n${stderr}`)
  renameSync(made, file)
  rmSync(folder, { recursive: true })
  return file
}

/** How to run a command so that the shim injects a fault into it and its engine, counts their operations, or shifts their clock. */
export interface UnderShim {
  readonly env: Readonly<Record<string, string>>
  readonly nodeOptions: readonly string[]
}

const underShim = (env: Readonly<Record<string, string>>): UnderShim => ({
  env: { LD_PRELOAD: library(), ...env },
  nodeOptions: ['--import', inherit],
})

/** The operation fails, once or permanently, in whichever process executes it. */
export const underFault = ({ operation, path, nth, errno, sticky = false }: Fault, counter: string): UnderShim =>
  underShim({
    FAULT_OPERATION: operation,
    FAULT_PATH: path,
    FAULT_NTH: String(nth),
    FAULT_ERRNO: String(constants.errno[errno]),
    FAULT_COUNTER: counter,
    ...(sticky ? { FAULT_STICKY: '1' } : {}),
  })

/** Nothing fails; operations on the path are counted. */
export const underCount = (path: string, counter: string): UnderShim => underShim({ FAULT_PATH: path, FAULT_COUNTER: counter })

/** The wall clock is off by so many seconds. */
export const underClock = (seconds: number): UnderShim => underShim({ FAULT_CLOCK: String(seconds) })

/** How many operations of a kind there have been so far. */
export const countIn = (counter: string, operation: Operation): number =>
  existsSync(counter) ? Number(readFileSync(counter).readBigInt64LE(8 * operations.indexOf(operation))) : 0
