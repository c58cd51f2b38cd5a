import { AsyncLocalStorage } from 'node:async_hooks'
import { spawn } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { basename } from 'node:path'
import type { RuntimeKind } from '../shared/enums.ts'
import { LaurelError, stopped } from '../shared/errors.ts'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly timeoutSeconds?: number
}

/** What cancels the programs of the work at hand: they are started in many places, and none may be forgotten. */
const cancelling = new AsyncLocalStorage<AbortSignal>()

/** Does work whose programs end when the signal is aborted. */
export const cancellable = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => cancelling.run(signal, work)

/** Run a program to completion and return its stdout. Throws an `Error` with the most informative line of its output, STOPPED if it is canceled. */
export function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env, timeoutSeconds } = options
  const signal = cancelling.getStore()
  if (signal?.aborted) return Promise.reject(stopped())
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(timeoutSeconds && { timeout: timeoutSeconds * 1000 }),
    })
    const cancel = (): void => void child.kill()
    signal?.addEventListener('abort', cancel)
    let output = ''
    let complaints = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-20_000)
    })
    child.once('error', (error) => reject(new Error(`${program}: ${error.message}`, { cause: error })))
    child.once('close', (code, killed) => {
      signal?.removeEventListener('abort', cancel)
      if (signal?.aborted)
        reject(stopped()) // after its end, so that it writes nothing into a folder that is being removed
      else if (code === 0) resolve(output)
      else reject(new Error(`${basename(program)}: ${tellingLine(complaints) || (killed ? `ended by ${killed}` : `exit code ${code}`)}`))
    })
  })
}

/** Whether the program can be run. */
export const answers = (program: string, args: readonly string[]): Promise<boolean> =>
  runCommand(program, args, { timeoutSeconds: 60 }).then(
    () => true,
    () => false,
  )

/** The first line that mentions an error, or else the last line. */
function tellingLine(complaints: string): string {
  const lines = complaints.split('\n').filter((line) => line.trim() !== '')
  return (lines.find((line) => /error:/i.test(line)) ?? lines.at(-1) ?? '').trim().slice(0, 400)
}

/** Runs one of Laurel's scripts in a separate process and returns its stdout. Throws an `Error` with the reason if it fails. */
export type ScriptRunner = (file: string, args: readonly string[], options: { readonly timeoutSeconds: number }) => Promise<string>

let runner: ScriptRunner = (file, args, options) => runCommand(process.execPath, [file, ...args], options)

/** Set how scripts are started when this process isn't Node itself (Electron). */
export function useScriptRunner(other: ScriptRunner): void {
  runner = other
}

export const runScript: ScriptRunner = (file, args, options) => runner(file, args, options)

/** Peak disk space of an installation, downloads included. */
const gigabytes: Record<RuntimeKind, number> = { cpu: 1.2, cuda: 11 }

/** Throws DISK_FULL if the data folder's disk has too little space for the pack. */
export function checkFreeSpace(home: string, kind: RuntimeKind): void {
  const { bavail, bsize } = statfsSync(home)
  const free = (bavail * bsize) / 1e9
  if (free >= gigabytes[kind]) return
  const message = `${home}: ${free.toFixed(1)} GB free, but a ${kind} pack needs ${gigabytes[kind]} GB`
  throw new LaurelError('DISK_FULL', message, 'Free disk space, or set LAUREL_HOME to a folder on another disk.')
}
