import { type Command, Option } from 'commander'
import { engineKeys } from '../../app/engines/engine-keys.ts'
import { type RunsApi, runsApi } from '../../app/runs/runs.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { openLog } from '../../common/log.ts'
import { keepPrivate } from '../../common/private-files.ts'
import { startLocalEngine } from '../../engine/hosts/local-process.ts'
import { loadRecipe, type Override, recipeFile, withOverrides } from '../../loop/recipe/load-recipe.ts'
import { checkFiles } from '../../loop/recipe/recipe-files.ts'
import { sourceProblems } from '../../loop/recipe/recipe-sources.ts'
import { mostSeeds } from '../../shared/contract/new-run-contract.ts'
import type { RunDetails } from '../../shared/contract/runs-contract.ts'
import { badInput } from '../../shared/errors.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { openStore } from '../../store/store.ts'
import { listenForInterrupt, stopWhenOutputCloses } from '../exit.ts'
import { showRunMemory } from '../expected-memory.ts'
import { addEngineOptions, collected, type EngineOptions, integer, override, roleEngine, startRunEngine } from '../options.ts'
import { detailsText, listText } from '../run-text.ts'
import { runView } from '../run-view.ts'

/** `laurel run new | edit | start | resume | stop | show | list`. */
export function registerRun(program: Command): void {
  const run = program.command('run').description('create, start, stop, resume, and inspect self-rewarding runs')
  run
    .command('new')
    .description('create a run from a recipe and print its id')
    .addOption(new Option('--recipe <name>', 'a recipe that ships with Laurel: demo, checkable, smollm2, paper').conflicts('config'))
    .option('--config <file>', 'your own recipe')
    .option('--name <text>', 'name of the run (default: the recipe’s name)')
    .option('--set <key=value>', 'change a value of the recipe, such as --set prompts.count=20 (may be repeated)', override, [])
    .option('--engine <role=name>', 'where a kind of work is done, such as --engine judge=big (may be repeated)', roleEngine, [])
    .option('--seeds <n>', 'create n runs that differ in their seed alone, and print an id per line', integer(1, mostSeeds), 1)
    .action(makeRun)
  run
    .command('edit <id>')
    .description('change a run that isn’t running: its name, tags, and note, and the values of its recipe that no stored row depends on')
    .option('--name <text>', 'its name')
    .option('--tag <text>', 'add a tag (may be repeated)', collected, [])
    .option('--untag <text>', 'remove a tag (may be repeated)', collected, [])
    .option('--note <text>', 'its note')
    .option('--set <key=value>', 'change a value of its recipe (may be repeated)', override, [])
    .action(edit)
  for (const [name, description] of [
    ['start', 'execute a run in the foreground until it finishes'],
    ['resume', 'resume a run that was stopped, killed, or failed; with --reviewed, one that is waiting for your review'],
  ]) {
    const command = addEngineOptions(run.command(`${name} <id>`).description(description))
    if (name === 'resume') command.option('--reviewed', 'confirm that you have reviewed the pairs, and train on them')
    command.action(work)
  }
  run.command('stop <id>').description('stop a run, whichever process is executing it').action(stop)
  run.command('show <id>').description('show a run’s stages, models, and figures').option('--json', 'as JSON').action(show)
  run.command('list').description('list all runs, newest first').option('--json', 'as JSON').action(list)
}

/** Opens the store of the data folder while `use` runs. */
async function withRuns<Value>(use: (runs: RunsApi, home: string) => Value | Promise<Value>): Promise<Value> {
  const home = homeFolder()
  keepPrivate(home)
  const store = openStore(homePaths(home).database)
  try {
    return await use(runsApi({ home, store, keyOf: engineKeys(home).keyOf }), home)
  } finally {
    store.close()
  }
}

interface NewOptions {
  readonly recipe?: string
  readonly config?: string
  readonly name?: string
  readonly set: Override[]
  readonly engine: Override[]
  readonly seeds: number
}

async function makeRun(options: NewOptions, command: Command): Promise<void> {
  if (options.recipe === undefined && options.config === undefined) command.error('error: set --recipe <name> or --config <file>')
  const path = options.config ?? recipeFile(options.recipe!)
  const recipe = loadRecipe(path, [...options.set, ...options.engine])
  checkFiles(recipe) // reports missing files before invalid content
  const [problem] = await sourceProblems(recipe)
  if (problem !== undefined) throw badInput(`${problem.key}: ${problem.message}`, problem.remedy)
  const ids = await withRuns((runs) => runs.createWithSeeds({ recipe, name: options.name }, options.seeds))
  process.stdout.write(ids.map((id) => `${id}\n`).join(''))
  await printMemory(recipe)
}

interface EditOptions {
  readonly name?: string
  readonly tag: readonly string[]
  readonly untag: readonly string[]
  readonly note?: string
  readonly set: Override[]
}

async function edit(id: string, { name, tag, untag, note, set }: EditOptions): Promise<void> {
  const repeated = await withRuns(async (runs) => {
    const run = runs.show(id)
    const made = set.length === 0 ? [] : await runs.edit(run.id, withOverrides(run.recipe, set))
    if (name !== undefined) runs.rename(run.id, name)
    if (tag.length + untag.length > 0 || note !== undefined)
      runs.describe(run.id, { tags: [...run.tags, ...tag].filter((one) => !untag.includes(one)), note: note ?? run.note })
    return made
  })
  for (const { iteration, stage } of repeated) process.stderr.write(`iteration ${iteration}, ${stage} starts over with the new values\n`)
}

/** Prints the run's expected memory. The run already exists, so engine errors are ignored here; they appear when it starts. */
async function printMemory(recipe: Recipe): Promise<void> {
  const engine = await startLocalEngine({ home: homeFolder(), precision: recipe.precision }).catch(() => null)
  if (engine === null) return
  const info = await engine.info().catch(() => null)
  if (info !== null) await showRunMemory(engine, recipe, info.precision)
  await engine.close()
}

interface WorkOptions extends EngineOptions {
  readonly reviewed?: boolean
}

async function work(id: string, options: WorkOptions): Promise<void> {
  const { backend, precision, threads, stats, reviewed } = options
  const interrupt = listenForInterrupt()
  const log = (text: string): void => openLog(homePaths(homeFolder()).logs).write('warning', `run ${id}`, text)
  const output = stopWhenOutputCloses(id)
  try {
    const status = await withRuns(async (runs, home) => {
      if (reviewed) runs.confirmReview(id)
      return runs.work(id, {
        startEngine: (wish) => startRunEngine({ home, ...wish }, stats, runs.show(id).recipe),
        wish: { backend, precision, threads },
        listener: runView(process.stderr),
        signal: AbortSignal.any([interrupt.signal, output.signal]),
        log,
      })
    })
    if (status === 'paused') {
      process.stderr.write(`resume with: laurel run resume ${id}\n`)
      process.exitCode = 130
    }
    if (status === 'waiting-for-review') process.stderr.write(`review the pairs, then: laurel run resume ${id} --reviewed\n`)
  } finally {
    output.dispose()
    interrupt.dispose()
  }
}

async function stop(id: string): Promise<void> {
  const interrupt = listenForInterrupt(() => process.exit(130))
  try {
    const stopped = await withRuns((runs) => {
      const { id: known } = runs.show(id)
      process.stderr.write('stopping after the current step ...\n')
      return runs.stop(known, interrupt.signal)
    })
    process.stderr.write(stopped ? `stopped; resume with: laurel run resume ${id}\n` : 'not running\n')
  } finally {
    interrupt.dispose()
  }
}

const show = (id: string, { json }: { json?: boolean }): Promise<void> =>
  withRuns((runs) => {
    const details: RunDetails = runs.show(id)
    process.stdout.write(json ? `${JSON.stringify(details, null, 2)}\n` : detailsText(details))
  })

const list = ({ json }: { json?: boolean }): Promise<void> =>
  withRuns((runs) => {
    const all = runs.list()
    process.stdout.write(json ? `${JSON.stringify(all, null, 2)}\n` : listText(all))
  })
