import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeFolder, homePaths } from '../../main/common/home.ts'
import { startLocalEngine } from '../../main/engine/hosts/local-process.ts'
import { workOn } from '../../main/loop/session.ts'
import { engineSettings } from '../../main/shared/engine-settings.ts'
import { type RecipeInput, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { saveClusterModel } from './cluster-model.ts'

/** A data folder with a run that nothing has been done for. */
export interface RunHome {
  readonly home: string
  readonly store: Store
  readonly runId: string
}

/** Every kind of work on a cluster. */
export const everythingOnCluster = { prompts: 'cluster', answers: 'cluster', judge: 'cluster', train: 'cluster', evaluate: 'cluster' }

export const clusterSettings = (address: string, storage: string) => engineSettings.parse({ kind: 'ray', address, storage })

export interface RunSize {
  /** Of both trainings, of three or four steps each. */
  readonly epochs?: number
  readonly prompts?: number
}

/** A new data folder with a tiny model, data, and a run from M0 to M2, whose every stage takes seconds once its engine is up. */
export function runHome(home: string, changes: Partial<RecipeInput> = {}, { epochs = 1, prompts = 6 }: RunSize = {}): RunHome {
  const rows = (name: string, count: number, row: (i: number) => object): string => {
    const file = join(home, name)
    writeFileSync(file, Array.from({ length: count }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''))
    return file
  }
  mkdirSync(home, { recursive: true })
  symlinkSync(homePaths(homeFolder()).runtimes, homePaths(home).runtimes)
  saveClusterModel(join(home, 'base'))
  const heldOut = Math.max(2, changes.evaluation?.count ?? 0)
  const training = { batch_size: 2, epochs, save_steps: epochs, max_length: 64, dropout: 0 }
  const recipe = recipeSchema.parse({
    ...{ name: 'on a cluster', seed: 3, iterations: 1, base_model: join(home, 'base'), precision: 'float32', batch: 16 },
    seed_data: { ift: rows('ift.jsonl', 8 + heldOut, (i) => ({ instruction: `say what ${i} is`, input: '', output: `it is ${i}.` })) },
    sft: training,
    prompts: {
      ...{ method: 'file', count: prompts, filters: { max_rouge_l: 1 } },
      file: rows('prompts.jsonl', prompts + 2, (i) => ({ prompt: `tell me of ${i} things` })),
    },
    candidates: { count: 3, max_new_tokens: 6, temperature: 1, top_p: 1 },
    judge: { method: 'expected', prompt: 'ticks' }, // a short prompt
    dpo: { ...training, learning_rate: 1e-4 },
    evaluation: { count: 2, method: 'reward', max_new_tokens: 6 },
    ...changes,
  })
  const store = openStore(homePaths(home).database)
  return { home, store, runId: store.runs.create({ name: 'on a cluster', recipe }) }
}

/** Has this process work on a run to its end, with an engine of this machine, and the cluster where the recipe names it. Throws if it fails. */
export async function finishHere({ store, home, runId }: RunHome): Promise<void> {
  await workOn({ store, home, runId, startEngine: () => startLocalEngine({ home: homeFolder(), precision: 'float32', threads: 1 }) })
}
