import { spawn } from 'node:child_process'
import { basename } from 'node:path'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly timeoutSeconds?: number
}

/** Run a program to completion and return its stdout. Throws an `Error` with the most informative line of its output. */
export function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env, timeoutSeconds } = options
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(timeoutSeconds && { timeout: timeoutSeconds * 1000 }),
    })
    let output = ''
    let complaints = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-20_000)
    })
    child.once('error', (error) => reject(new Error(`${program}: ${error.message}`, { cause: error })))
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${basename(program)}: ${tellingLine(complaints) || (signal ? `ended by ${signal}` : `exit code ${code}`)}`))
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
