import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { AdapterFacts, PartResult } from './report-schema.ts'
import { type PartLine, partLine } from './report-schema.ts'

/** A piece of the measurement, in a process of its own: one that crashes, hangs, or fills the memory takes no other with it. */
export interface Part {
  readonly name: string
  readonly limitSeconds: number
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** How a part may end early. Aborted: its time is over. */
interface PartOptions {
  readonly signal: AbortSignal
  /** Called at each line of the part. */
  readonly onLine?: (line: PartLine) => void
}

export interface PartOutcome extends PartResult {
  readonly adapter: AdapterFacts | null
}

/** Characters of what a part wrote to stderr that are kept. */
const KEPT = 4000

/** Run a part to its end, or until the signal. Never throws: what went wrong is part of the result, as is what was measured before. */
export async function runPart(part: Part, { signal, onLine = () => {} }: PartOptions): Promise<PartOutcome> {
  const begin = performance.now()
  const outcome = { notes: [] as string[], versions: {} as Record<string, string>, figures: [] as PartResult['figures'] }
  let adapter: AdapterFacts | null = null
  let missing: string | null = null
  let isFinished = false
  const result = (status: PartResult['status'], error: string | null): PartOutcome => ({
    ...{ name: part.name, status, error, ...outcome, adapter },
    seconds: (performance.now() - begin) / 1000,
    limitSeconds: part.limitSeconds,
  })
  if (signal.aborted) return result('timed out', tooLong(part))

  const child = spawn(part.command, part.args, {
    env: { ...process.env, ...part.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // so that its own processes end with it
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-KEPT)
  })
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // it has just ended
    }
  }
  signal.addEventListener('abort', kill)
  process.once('exit', kill)
  const ended = new Promise<string | null>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') missing = part.command
      resolve(error.message)
    })
    child.once('close', (code, by) => resolve(code === 0 ? null : (by ?? `exit code ${code}`)))
  })
  for await (const text of createInterface(child.stdout)) {
    const line = parsed(text)
    if (line === null) {
      if (text.startsWith('{"')) outcome.notes.push(`a line that can't be read: ${text.slice(0, 200)}`) // a NaN, for example
      continue
    }
    if ('figure' in line) outcome.figures.push(line.figure)
    if ('note' in line) outcome.notes.push(line.note)
    if ('version' in line) outcome.versions[line.version[0]] = line.version[1]
    if ('adapter' in line) adapter = line.adapter
    if ('missing' in line) missing = line.missing
    if ('finished' in line) isFinished = true
    onLine(line)
  }
  const end = await ended
  signal.removeEventListener('abort', kill)
  process.off('exit', kill)
  if (isFinished) return result('done', null) // a driver may crash while its process ends
  if (missing !== null) return result('not installed', missing)
  if (signal.aborted) return result('timed out', tooLong(part))
  return result('failed', reasonIn(errors) ?? end ?? 'it ended before it had finished')
}

const tooLong = ({ limitSeconds }: Part): string => `it took longer than ${Math.round(limitSeconds)} s`

function parsed(text: string): PartLine | null {
  if (!text.startsWith('{')) return null
  try {
    return partLine.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null // a library's own output
  }
}

/** The line of stderr that names the error: of a JavaScript or Python exception, or the last one. */
function reasonIn(errors: string): string | undefined {
  const lines = errors
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at ') && !line.startsWith('Node.js v'))
  return lines.findLast((line) => /^[\w.[\]]*(Error|Exception|Interrupt)\b/.test(line)) ?? lines.at(-1)
}
