import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { markdownTable, rounded } from './harness/table.ts'
import { lookAt } from './scale/look.ts'
import { simulateIteration } from './scale/simulate.ts'

/**
 * One iteration of a run with many prompts, and an engine that answers immediately: for each stage the seconds that are Laurel's own, the peak
 * memory of the process, and the size of the database, and then how long the window's calls take on it. `--home FOLDER` keeps the data folder,
 * where an interrupted simulation continues; `--look` only measures the calls on one that was kept.
 */
const { values } = parseArgs({
  options: {
    prompts: { type: 'string', default: '1000' },
    candidates: { type: 'string', default: '4' },
    judgements: { type: 'string', default: '3' },
    'max-rouge-l': { type: 'string', default: '1' },
    home: { type: 'string' },
    look: { type: 'boolean', default: false },
  },
})
const home = values.home ?? mkdtempSync(join(tmpdir(), 'laurel-bench-'))
const megabytes = (bytes: number): string => rounded(bytes / 1e6)
try {
  if (values.look) await lookAtAll()
  else {
    await simulateAll()
    // a process of its own, so that its memory is the window's main process's
    const child = spawn(process.execPath, [import.meta.filename, '--home', home, '--look'], { stdio: 'inherit' })
    const [code] = (await once(child, 'exit')) as [number | null]
    process.exitCode = code ?? 1
  }
} finally {
  if (values.home === undefined) rmSync(home, { recursive: true, force: true })
}

async function simulateAll(): Promise<void> {
  mkdirSync(home, { recursive: true })
  const size = {
    prompts: Number(values.prompts),
    candidates: Number(values.candidates),
    judgements: Number(values.judgements),
    maxRougeL: Number(values['max-rouge-l']),
  }
  const rows = []
  for await (const { stage, seconds, cpuSeconds, peakBytes, databaseBytes } of simulateIteration(home, size)) {
    const row = [stage, rounded(seconds), rounded(cpuSeconds), megabytes(peakBytes), megabytes(databaseBytes)]
    process.stderr.write(`${row.join(' | ')}\n`)
    rows.push(row)
  }
  process.stdout.write(`${markdownTable(['stage', 'seconds', 'of a core', 'peak memory, MB', 'database, MB'], rows)}\n\n`)
}

async function lookAtAll(): Promise<void> {
  const rows = []
  for await (const { call, firstMs, againMs, peakBytes } of lookAt(home)) {
    const row = [call, rounded(firstMs), rounded(againMs), megabytes(peakBytes)]
    process.stderr.write(`${row.join(' | ')}\n`)
    rows.push(row)
  }
  process.stdout.write(`${markdownTable(['call', 'first, ms', 'again, ms', 'peak memory, MB'], rows)}\n`)
}
