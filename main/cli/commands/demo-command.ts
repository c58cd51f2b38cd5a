import { type Command, Option } from 'commander'
import { runsApi } from '../../app/runs/runs.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { keepPrivate } from '../../common/private-files.ts'
import { checkReplaceable, replaceFile } from '../../common/replace-file.ts'
import { type DemoJudge, demoJudges, demoRecipe, summaryOf } from '../../demo/demo-run.ts'
import { promptSet, testPromptCount } from '../../demo/demo-seed-data.ts'
import { type DemoSummary, summaryJson, summaryText } from '../../demo/summary.ts'
import { trueAccuracyCheckers } from '../../demo/true-accuracy.ts'
import { LaurelError } from '../../shared/errors.ts'
import { openStore } from '../../store/store.ts'
import { listenForInterrupt, stopWhenOutputCloses } from '../exit.ts'
import { addEngineOptions, type EngineOptions, integer, startRunEngine } from '../options.ts'
import { runView } from '../run-view.ts'

interface DemoOptions extends EngineOptions {
  readonly seed: number
  readonly judge: DemoJudge
  readonly testPrompts: number
  readonly resume?: string
  readonly json?: string
}

export function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('train a tiny model from M0 to M3 in a few minutes: fine-tuning, then two self-rewarding iterations')
    .option('--seed <n>', 'seed of the loop; another seed gives other prompts and responses', integer(0), 0)
    .addOption(
      new Option('--judge <who>', 'judge with the model itself, or with random rewards as a control').choices(demoJudges).default('self'),
    )
    .option('--test-prompts <n>', 'seed of the test prompts', integer(0), 0)
    .option('--resume <id>', 'resume a demo that was stopped or killed, with the same --test-prompts')
    .option('--json <file>', 'write the final table to this file')
  addEngineOptions(command).action(demo)
}

async function demo(options: DemoOptions): Promise<void> {
  if (options.json !== undefined) checkReplaceable(options.json)
  const begin = performance.now()
  const home = homeFolder()
  keepPrivate(home)
  const store = openStore(homePaths(home).database)
  const runs = runsApi({ home, store })
  const { backend, precision, threads, stats } = options
  const interrupt = listenForInterrupt()
  let output: ReturnType<typeof stopWhenOutputCloses> | undefined
  try {
    const { resume, seed, judge } = options
    const id =
      resume === undefined ? runs.create({ recipe: demoRecipe(seed, judge), name: `demo ${seed} (${judge})` }) : runs.show(resume).id
    output = stopWhenOutputCloses(id)
    process.stderr.write(`${introduction(id)}\n`)
    const status = await runs.work(id, {
      startEngine: (wish) => startRunEngine({ home, ...wish }, stats),
      wish: { backend, precision, threads },
      listener: runView(process.stderr),
      signal: AbortSignal.any([interrupt.signal, output.signal]),
      checkers: trueAccuracyCheckers(promptSet('test', testPromptCount, options.testPrompts)),
    })
    if (status !== 'finished')
      throw new LaurelError('STOPPED', `The demo was stopped (${status}).`, `Resume it: laurel demo --resume ${id}`)
    const shown = runs.show(id)
    const judgedBy = shown.recipe.judge.method === 'random' ? 'random' : 'self'
    report(shown.models.map(summaryOf), (performance.now() - begin) / 1000, { ...options, judge: judgedBy })
  } finally {
    output?.dispose()
    interrupt.dispose()
    store.close()
  }
}

const introduction = (id: string): string =>
  `Run ${id}. A tiny model makes up words that follow rules, such as "Pet: first t, last s, has oo, no i, 7 long" -> "toolems".
It is fine-tuned once on a few examples (M1), then trains itself twice on judgements of its own responses (M2, M3).`

function report(models: DemoSummary['models'], seconds: number, { judge, json }: DemoOptions): void {
  const summary: DemoSummary = { models, seconds, judge, testPrompts: testPromptCount }
  if (json !== undefined) replaceFile(json, `${JSON.stringify(summaryJson(summary), null, 2)}\n`)
  process.stdout.write(`\n${summaryText(summary)}`)
}
