import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { replaceFile } from '../../main/common/replace-file.ts'
import { badInput } from '../../main/shared/errors.ts'
import type { Precision } from '../../main/shared/train-config.ts'
import type { Benchmark, Context } from './benchmark.ts'
import { replaceBlock } from './document-block.ts'
import { limitInstructions } from './instruction-limit.ts'
import { freshEngine } from './laurel.ts'
import { machineFacts, quietMoment, tolerable } from './machine.ts'
import { type Extent, readMachines, standardResults, storeResults } from './machine-files.ts'
import { machinesTable } from './machines-table.ts'
import { type Options, parseOptions } from './options.ts'
import { runProgram } from './program.ts'
import { type CaseResults, type Results, summarise } from './results.ts'
import { runRounds } from './rounds.ts'
import { resultsMarkdown, rounded } from './table.ts'

const root = join(import.meta.dirname, '..', '..')
const docs = join(root, 'docs')
const document = join(docs, 'benchmarks.md')

/**
 * The main program of a benchmark. `--peer VENV` also runs the peer, in turn; `--profile` shows where Laurel's time goes
 * instead; options change the benchmark's sizes (`--steps 2`). Results are written if they are complete and of the
 * standard or quick sizes, or with `--write`.
 */
export async function runBenchmark<Size extends string>(benchmark: Benchmark<Size>): Promise<void> {
  await runProgram(async () => {
    const options = parseOptions(process.argv.slice(2), benchmark.sizes, benchmark.quick)
    if (options.instructions) limitInstructions(options.instructions)
    await (options.profile ? profile(benchmark, options) : compare(benchmark, options))
  })
}

async function compare<Size extends string>(benchmark: Benchmark<Size>, options: Options<Size>): Promise<void> {
  const startEngine = (precision: Precision) => freshEngine(options.threads, precision)
  const context: Context<Size> = { options, startEngine, warm: () => {}, done: () => {} }
  const cases: CaseResults[] = []
  let leftOut = false
  const plan = benchmark
    .cases(options)
    .map(({ name, sides }) => ({ name, sides, present: sides.filter(({ isPeer }) => !isPeer || options.peer !== null) }))
  for (const { present } of plan) for (const side of present) side.check?.(options)
  for (const { name, sides, present } of plan) {
    leftOut ||= present.length < sides.length
    const runs = await runRounds(
      { sides: [present[0], ...present.slice(1)] },
      options.rounds,
      context,
      (side, round, { figures, foreign }) => {
        const shown = Object.entries(figures).map(([key, value]) => `${key} ${rounded(value)}`)
        const busy = foreign > tolerable ? ' TOO BUSY to be valid' : ''
        process.stderr.write(
          `${name} | ${side.name} ${round + 1}/${options.rounds} | ${shown.join(', ')} | other work ${Math.round(100 * foreign)} %${busy}\n`,
        )
      },
      () => quietMoment(options.wait),
    )
    cases.push(summarise(name, runs, benchmark.figures))
  }
  const { name, title, figures } = benchmark
  const { threads, rounds, sizes } = options
  const machine = machineFacts(options.instructions)
  const results: Results = { name, title, date: new Date().toISOString(), machine, threads, rounds, sizes, figures, cases }
  process.stdout.write(`${resultsMarkdown([results], benchmark.table)}\n`)
  if (options.write || (!leftOut && options.isDefault)) write(benchmark, results, options.quick ? 'quick' : 'standard')
}

/** Store the results and write the tables of the documentation again: this benchmark's, from every processor, and the overview. */
function write<Size extends string>(benchmark: Benchmark<Size>, results: Results, extent: Extent): void {
  const path = storeResults(results, extent)
  const machines = readMachines()
  let text = replaceBlock(readFileSync(document, 'utf8'), 'machines', machinesTable(machines))
  if (extent === 'standard') {
    text = replaceBlock(text, results.name, resultsMarkdown(standardResults(results.name, machines), benchmark.table))
    for (const [name, content] of Object.entries(benchmark.files?.(results) ?? {})) replaceFile(join(docs, name), content)
  }
  replaceFile(document, text)
  process.stderr.write(`written to ${relative(root, path)} and docs/benchmarks.md\n`)
}

/** Profile Laurel's side of one case in this process. Of the warm-up, only work that is done once (loading, reference) is included. */
async function profile<Size extends string>(benchmark: Benchmark<Size>, options: Options<Size>): Promise<void> {
  const [only] = benchmark.cases(options)
  if (!only || only.sides[0].isPeer) throw badInput(`${benchmark.name} has nothing to profile.`, 'Profile dpo, sft or generate.')
  const { profiledRun } = await import('./profiled-run.ts') // loads tfjs, which a comparison doesn't need
  process.stdout.write(`${await profiledRun(benchmark, only.sides[0], options)}\n`)
}
