import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runsApi } from '../main/app/runs/runs.ts'
import { runView } from '../main/cli/run-view.ts'
import { homeFolder, homePaths } from '../main/common/home.ts'
import { writeJsonLines } from '../main/common/jsonl.ts'
import { startLocalEngine } from '../main/engine/hosts/local-process.ts'
import { heldOutAnswers } from '../main/loop/evaluation/held-out-answers.ts'
import { badInput } from '../main/shared/errors.ts'
import { outsideFiguresOf, outsideMeasures, outsideNames, requirementJudging } from '../main/shared/outside-measures.ts'
import type { Recipe } from '../main/shared/recipe.ts'
import { openStore } from '../main/store/store.ts'
import { replaceBlock } from './harness/document-block.ts'
import { machineFacts } from './harness/machine.ts'
import { type Arm, arms, controlRecipe, runName, selfRecipe } from './showcase/arms.ts'
import { showcaseCurves } from './showcase/curves.ts'
import { checkOpenEnded, openQuestions } from './showcase/open-ended.ts'
import { showcaseReport } from './showcase/report.ts'
import { type ArmResult, type ShowcaseResults, showcaseResults } from './showcase/results.ts'

/**
 * The runs of docs/showcase.md: for each seed, the recipe `checkable`, and its controls from the same M1. Runs are kept in the data folder under their
 * names, so that what was interrupted continues and what is finished is only measured; `--write` puts the results into the documentation.
 *
 *     npm run bench -- showcase --model SmolLM2-135M-Instruct --open oasst-en-100-trees.jsonl --seeds 1,2,3 --write
 *
 * `--answers FILE` writes the models' answers to the held-out prompts, for `bench/peers/if-verifiable.py` to check again.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    open: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
    arms: { type: 'string', default: arms.join(',') },
    answers: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const { model } = values
if (model === undefined) throw badInput('The showcase needs a model.', 'Set --model to SmolLM2-135M-Instruct, as a folder or a GGUF file.')
const seeds = values.seeds.split(',').map(Number)
const chosen = arms.filter((arm) => values.arms.split(',').includes(arm))
const resultsFile = join(import.meta.dirname, 'results', 'showcase.json')
const home = homeFolder()
mkdirSync(home, { recursive: true })
const store = openStore(homePaths(home).database)
const runs = runsApi({ home, store })
const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort())

/** The id of the finished run of this name, which is made or continued, if there is none. Null: it was interrupted. */
async function finished(name: string, recipe: () => Recipe): Promise<string | null> {
  const known = store.runs.list().find((run) => run.name === name)
  const id = known?.id ?? runs.create({ recipe: recipe(), name })
  if (known?.status === 'finished') return id
  const startEngine = (wish: object) => startLocalEngine({ home, ...wish })
  const status = await runs.work(id, { startEngine, wish: {}, listener: runView(process.stderr), signal: interrupt.signal })
  return status === 'finished' ? id : null
}

function resultOf(arm: Arm, seed: number, runId: string): ArmResult {
  const { models, seconds, gains } = runs.show(runId)
  const measured = models.map(({ name, checks }) => {
    const own = outsideMeasures.flatMap((measure) => {
      const figures = outsideFiguresOf(checks[measure])
      return figures === null ? [] : [[measure, { followed: figures.prompts.met, words: figures.words }]]
    })
    return [name, Object.fromEntries(own)]
  })
  const judging = models.flatMap(({ name, checks }) => {
    const auc = checks[requirementJudging]?.auc
    return auc == null ? [] : [[name, auc]]
  })
  return {
    ...{ arm, seed, minutes: seconds / 60, models: Object.fromEntries(measured), gains },
    ...{ judging: Object.fromEntries(judging), openEnded: {} },
  }
}

/** A finished run's answers to the held-out prompts, a row each. */
const answersOf = (run: string, runId: string): object[] =>
  runs
    .show(runId)
    .models.flatMap(({ name: model }) =>
      outsideMeasures.flatMap((measure) =>
        heldOutAnswers({ store, runId }, measure)(model).map((answer) => ({ run, model, measure, ...answer })),
      ),
    )

/** The open questions asked of the first model, of M1, and of the last. */
async function openEndedOf(runId: string, path: string): Promise<ArmResult['openEnded']> {
  const { models, recipe } = runs.show(runId)
  const questions = await openQuestions(path, 96)
  const engine = await startLocalEngine({ home, precision: recipe.precision })
  try {
    const asked = models.filter(({ name }) => ['M0', 'M1', models.at(-1)!.name].includes(name))
    const answered: ArmResult['openEnded'] = {}
    for (const { name, path: folder } of asked) answered[name] = await checkOpenEnded(engine, folder, questions)
    return answered
  } finally {
    await engine.close()
  }
}

const before: ShowcaseResults = existsSync(resultsFile)
  ? showcaseResults.parse(JSON.parse(readFileSync(resultsFile, 'utf8')))
  : { machine: '', runs: [] }
const { cpu, cores } = machineFacts()
const results = new Map(before.runs.map((run) => [runName(run.arm, run.seed), run]))
const save = (): ShowcaseResults => {
  const order = [...results.values()].sort((a, b) => arms.indexOf(a.arm) - arms.indexOf(b.arm) || a.seed - b.seed)
  const all = { machine: `${cores} cores of an ${cpu}`, runs: order }
  writeFileSync(resultsFile, `${JSON.stringify(all, null, 1)}\n`)
  return all
}
const answers: object[] = []
for (const seed of seeds) {
  const self = await finished(runName('self', seed), () => selfRecipe(model, seed))
  if (self === null) break
  const m1 = store.models.find(self, 'M1')!.path
  for (const arm of chosen) {
    const name = runName(arm, seed)
    const runId = arm === 'self' ? self : await finished(name, () => controlRecipe(arm, m1, seed))
    if (runId === null || interrupt.signal.aborted) break
    const known = results.get(name)?.openEnded ?? {} // measured once: it takes minutes
    const isAsked = arm === 'self' && values.open !== undefined && Object.keys(known).length === 0
    const openEnded = isAsked ? await openEndedOf(runId, values.open!) : known
    results.set(name, { ...resultOf(arm, seed, runId), openEnded })
    save()
    if (values.answers !== undefined) answers.push(...answersOf(name, runId))
  }
}
if (values.answers !== undefined) writeJsonLines(values.answers, answers)
const all = save()
process.stdout.write(`${showcaseReport(all)}\n`)
if (values.write) {
  const docs = join(import.meta.dirname, '..', 'docs')
  const page = join(docs, 'showcase.md')
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), 'showcase', showcaseReport(all)))
  writeFileSync(join(docs, 'showcase.svg'), showcaseCurves(all.runs, 'checks', `${outsideNames.checks}: prompts followed`))
}
store.close()
