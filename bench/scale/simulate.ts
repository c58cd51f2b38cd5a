import { statSync } from 'node:fs'
import { homePaths } from '../../main/common/home.ts'
import { inTurns } from '../../main/common/steps.ts'
import { report } from '../../main/loop/iterate.ts'
import { fixedPairs } from '../../main/loop/preferences/training-pairs.ts'
import type { RunContext, Stage } from '../../main/loop/run-context.ts'
import { onOneEngine } from '../../main/loop/run-engines.ts'
import { runStage, type StageSummary } from '../../main/loop/run-stage.ts'
import { sampleCandidates } from '../../main/loop/stages/candidates.ts'
import { judgeCandidates } from '../../main/loop/stages/judge-candidates.ts'
import { pairMaking } from '../../main/loop/stages/make-pairs.ts'
import { writePrompts } from '../../main/loop/stages/new-prompts.ts'
import { beginTraining, cutResponses, preferenceRows } from '../../main/loop/stages/train-model.ts'
import { review } from '../../main/loop/stages/wait-for-review.ts'
import { type Recipe, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { isPassing, type StageName } from '../../main/shared/run-events.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { instantEngine, taskText, type Writing } from './instant-engine.ts'
import { peakMemory } from './peak-memory.ts'

export interface ScaleSize {
  readonly prompts: number
  readonly candidates: number
  readonly judgements: number
  /** The filter's limit of similarity; 1: prompts aren't compared. */
  readonly maxRougeL: number
}

interface MeasuredStage {
  readonly stage: string
  readonly seconds: number
  /** Of them, those of a processor core: the rest is waiting for the disk, or for a core that other work has. */
  readonly cpuSeconds: number
  readonly peakBytes: number
  readonly databaseBytes: number
}

/** Works through one iteration in the data folder at `home`. The measured stages are the loop's own; the last one ends where the engine would train. */
export async function* simulateIteration(home: string, size: ScaleSize): AsyncGenerator<MeasuredStage> {
  const path = homePaths(home).database
  const store = openStore(path)
  try {
    const context = openRun(store, home, size)
    const { runId } = context
    for (const [stage, work] of stagesOf(context)) {
      peakMemory.reset()
      const [begin, before] = [performance.now(), process.cpuUsage()]
      await work()
      const seconds = (performance.now() - begin) / 1000
      const { user, system } = process.cpuUsage(before)
      const databaseBytes = [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0)
      yield { stage, seconds, cpuSeconds: (user + system) / 1e6, peakBytes: peakMemory.bytes(), databaseBytes }
    }
    store.jobs.end(runId, { state: 'paused', error: null })
  } finally {
    store.close()
  }
}

let writing: Writing = 'tasks'

function* stagesOf(context: RunContext): Generator<[name: string, work: () => Promise<unknown>]> {
  const model = context.store.models.find(context.runId, 'M1')!
  const inStage = (name: StageName, kind: Writing, work: (stage: Stage) => Promise<StageSummary | 'unfinished'> | Promise<void>) => () => {
    writing = kind
    return runStage(context, 1, name, work)
  }
  yield ['prompts', inStage('prompts', 'tasks', (stage) => writePrompts(stage, model))]
  yield ['candidates', inStage('candidates', 'responses', (stage) => sampleCandidates(stage, model))]
  yield ['judgements', inStage('judgements', 'judgements', (stage) => judgeCandidates(stage, model))]
  yield [
    'pairs and report',
    inStage('pairs', 'judgements', async (stage) => {
      await inTurns(pairMaking(stage))
      return report(stage, model)
    }),
  ]
  yield ['review', inStage('review', 'judgements', review)]
  yield [
    'rows to train on',
    inStage('train', 'judgements', async (stage) => {
      const plan = { name: 'M2', task: 'dpo', settings: stage.recipe.dpo } as const
      const pairs = fixedPairs(stage, plan.name, (rows) => beginTraining(stage, plan, rows))
      return { rows: preferenceRows(pairs, cutResponses(stage, 1)).length }
    }),
  ]
}

/** The run in the data folder, which continues, or a new one. */
function openRun(store: Store, home: string, size: ScaleSize): RunContext {
  const recipe = recipeOf(size)
  const runId = store.runs.list()[0]?.id ?? createRun(store, recipe)
  store.runs.setRecipe(runId, recipe)
  const never = new AbortController().signal
  return {
    ...{ runId, recipe, store, engines: onOneEngine(instantEngine(() => writing)), precision: 'float32', home, checkers: [] },
    ...{ signal: never, stop: never, conclude: never },
    tell: (event) => void (isPassing(event) || store.events.add(runId, event)),
  }
}

const seedTasks = 175 // as many as Self-Instruct's

function createRun(store: Store, recipe: Recipe): string {
  const runId = store.runs.create({ name: recipe.name, recipe })
  const model = { path: 'none', initialisedFrom: null, reference: null, data: '', sha256: '' }
  store.transaction(() => {
    for (const name of ['M0', 'M1']) store.models.add({ runId, name, ...model })
    for (let position = 0; position < seedTasks; position++)
      store.examples.add(runId, { kind: 'demonstration', position, instruction: taskText(-1 - position) })
  })
  return runId
}

const recipeOf = ({ prompts, candidates, judgements, maxRougeL }: ScaleSize): Recipe =>
  recipeSchema.parse({
    ...{ name: 'scale', base_model: 'none', iterations: 1, seed_data: { ift: 'none' } },
    prompts: { count: prompts, filters: { max_rouge_l: maxRougeL } },
    candidates: { count: candidates },
    judge: { samples: judgements },
  })
