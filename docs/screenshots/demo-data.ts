import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { runsApi } from '../../main/app/runs/runs.ts'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { loadRecipe, recipeFile } from '../../main/loop/recipe/load-recipe.ts'
import { LaurelError } from '../../main/shared/errors.ts'
import { openStore } from '../../main/store/store.ts'

const laurel = join(import.meta.dirname, '../../main/cli/laurel.ts')

/** IDs of the runs in the screenshots. */
export interface DemoRuns {
  readonly first: string
  readonly second: string
  readonly waiting: string
  /** Not started yet: the screenshot of a live run starts it. */
  readonly live: string
}

const makers: Record<keyof DemoRuns, { readonly name: string; readonly seed: number; readonly wait: boolean }> = {
  first: { name: 'Demo, seed 0', seed: 0, wait: false },
  second: { name: 'Demo, seed 1', seed: 1, wait: false },
  waiting: { name: 'Reviewed by hand', seed: 2, wait: true },
  live: { name: 'Demo, seed 3', seed: 3, wait: false },
}

/** A data folder with two finished demo runs, one that waits for a review, and one to start live. Existing runs are kept. */
export async function makeDemoData(home: string): Promise<DemoRuns> {
  mkdirSync(home, { recursive: true })
  const { runtimes } = homePaths(home)
  if (!existsSync(runtimes)) symlinkSync(homePaths(homeFolder()).runtimes, runtimes)
  const ids = await createRuns(home)
  for (const id of [ids.first, ids.second, ids.waiting]) await work(home, id)
  return ids
}

async function createRuns(home: string): Promise<DemoRuns> {
  const store = openStore(homePaths(home).database)
  try {
    const runs = runsApi({ home, store })
    for (const { id, name, status } of runs.list()) if (name === makers.live.name && status !== 'created') await runs.remove(id) // its screenshots need a fresh start
    const present = new Map(runs.list().map(({ id, name }) => [name, id]))
    const make = ({ name, seed, wait }: (typeof makers)[keyof DemoRuns]): string => {
      const changes: [string, string][] = [
        ['seed', String(seed)],
        ['review.wait', String(wait)],
      ]
      return present.get(name) ?? runs.create({ name, recipe: loadRecipe(recipeFile('demo'), changes) })
    }
    return { first: make(makers.first), second: make(makers.second), waiting: make(makers.waiting), live: make(makers.live) }
  } finally {
    store.close()
  }
}

/** Run a demo run, with the program that grades its models, until it is finished or waits for a review. */
async function work(home: string, id: string): Promise<void> {
  const env = { ...process.env, LAUREL_HOME: home }
  const status = (): string =>
    JSON.parse(execFileSync(process.execPath, [laurel, 'run', 'show', id, '--json'], { env, encoding: 'utf8' })).status
  const isThere = (): boolean => ['finished', 'waiting-for-review'].includes(status())
  if (isThere()) return
  await once(spawn(process.execPath, [laurel, 'demo', '--resume', id], { env, stdio: 'inherit' }), 'exit')
  if (!isThere()) throw new LaurelError('INTERNAL', `Run ${id} is ${status()}.`, 'See its last lines above.')
}
