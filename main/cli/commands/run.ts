import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RunDetails } from '../../api/contract/runs.ts'
import { type RunsApi, runsApi } from '../../api/runs.ts'
import { badInput } from '../../common/errors.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { openLog } from '../../common/log.ts'
import { keepPrivate } from '../../common/private-files.ts'
import { startLocalEngine } from '../../engine/hosts/local-process.ts'
import { loadRecipe, type Override, recipeFile } from '../../loop/load-recipe.ts'
import type { Recipe } from '../../loop/recipe.ts'
import { checkFiles } from '../../loop/recipe-files.ts'
import { sourceProblems } from '../../loop/recipe-sources.ts'
import { openStore } from '../../store/store.ts'
import { stopWhenOutputCloses } from '../closed-output.ts'
import { addEngineOptions, type EngineOptions, startRunEngine } from '../engine-options.ts'
import { showRunMemory } from '../expected-memory.ts'
import { listenForInterrupt } from '../interrupt.ts'
import { detailsText, listText } from '../run-text.ts'
import { runView } from '../run-view.ts'

/** `laurel run new | start | resume | stop | show | list`. */
export function registerRun(program: Command): void {
  const run = program.command('run').description('self-rewarding runs: make, start, stop, resume, look at')
  run
    .command('new')
    .description('make a run from a recipe; prints its id')
    .addOption(new Option('--recipe <name>', 'a recipe that ships with Laurel: demo, smollm2, paper').conflicts('config'))
    .option('--config <file>', 'a recipe of your own')
    .option('--name <text>', 'what to call it (default: the recipe’s name)')
    .option('--set <key=value>', 'change one value of the recipe, as in --set prompts.count=20 (may be repeated)', override, [])
    .action(makeRun)
  for (const [name, description] of [
    ['start', 'work on a run, in the foreground, to its end'],
    ['resume', 'go on with a run that was stopped, killed or failed; with --reviewed, one that waits for your review'],
  ]) {
    const command = addEngineOptions(run.command(`${name} <id>`).description(description))
    if (name === 'resume') command.option('--reviewed', 'you have reviewed the pairs for which it waits: train on them')
    command.action(work)
  }
  run.command('stop <id>').description('stop a run, in whatever process it is worked on').action(stop)
  run.command('show <id>').description('a run’s stages, models and figures').option('--json', 'as JSON').action(show)
  run.command('list').description('all runs, newest first').option('--json', 'as JSON').action(list)
}

function override(text: string, before: readonly Override[]): Override[] {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Give it as key=value.')
  return [...before, [text.slice(0, at).trim(), text.slice(at + 1).trim()]]
}

/** Open the store of the data folder for the time of `use`. */
async function withRuns<Value>(use: (runs: RunsApi, home: string) => Value | Promise<Value>): Promise<Value> {
  const home = homeFolder()
  keepPrivate(home)
  const store = openStore(homePaths(home).database)
  try {
    return await use(runsApi({ home, store }), home)
  } finally {
    store.close()
  }
}

async function makeRun(options: { recipe?: string; config?: string; name?: string; set: Override[] }, command: Command): Promise<void> {
  if (options.recipe === undefined && options.config === undefined) command.error('error: give --recipe <name> or --config <file>')
  const path = options.config ?? recipeFile(options.recipe!)
  const recipe = loadRecipe(path, options.set)
  checkFiles(recipe) // what isn't there is told before what is wrong inside
  const [problem] = await sourceProblems(recipe)
  if (problem !== undefined) throw badInput(`${problem.key}: ${problem.message}`, problem.remedy)
  const id = await withRuns((runs) => runs.create({ recipe, name: options.name }))
  process.stdout.write(`${id}\n`)
  await tellMemory(recipe)
}

/** What the run is expected to take. A courtesy: the run is made, and what is wrong with an engine shows when it is started. */
async function tellMemory(recipe: Recipe): Promise<void> {
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
    if (status === 'stopped') {
      process.stderr.write(`go on with: laurel run resume ${id}\n`)
      process.exitCode = 130
    }
    if (status === 'waiting') process.stderr.write(`review the pairs, then: laurel run resume ${id} --reviewed\n`)
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
      process.stderr.write('asking it to stop after its current step ...\n')
      return runs.stop(known, interrupt.signal)
    })
    process.stderr.write(stopped ? `stopped; go on with: laurel run resume ${id}\n` : 'no process works on it\n')
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
