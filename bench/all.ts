import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { readMachines } from './harness/machine-files.ts'
import { machinesTable } from './harness/machines-table.ts'

/** Every row of the overview, and the kernels; those without a peer are last. */
const names = ['generate', 'generate-shared', 'dpo', 'sft', 'iteration', 'judging', 'start', 'kernels']

/**
 * All comparisons of the documentation, one after the other, each in its own process and with the given options (`--quick`, `--peer VENV`, ...).
 * A benchmark that fails is reported and doesn't end the others.
 */
const failed: string[] = []
const begin = performance.now()
for (const name of names) {
  const since = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...process.argv.slice(2)], { stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) failed.push(name)
  process.stderr.write(`${name}: ${seconds(since)} s${code === 0 ? '' : ', FAILED'}\n`)
}
process.stdout.write(`${machinesTable(readMachines())}\n`)
process.stderr.write(`${names.length - failed.length} of ${names.length} benchmarks in ${seconds(begin)} s\n`)
process.exitCode = failed.length === 0 ? 0 : 1

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1000)
}
