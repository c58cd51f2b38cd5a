import { resolve } from 'node:path'
import type { Command } from 'commander'
import { alpacaEvalFile, alpacaEvalOf, importAnnotations } from '../../app/evaluations/alpaca-eval-results.ts'
import { listEvaluations } from '../../app/evaluations/evaluations.ts'
import { homeFolder, homePaths } from '../../common/home.ts'
import { numberText, percentText } from '../../common/numbers.ts'
import { keepPrivate } from '../../common/private-files.ts'
import { checkReplaceable, replaceFile } from '../../common/replace-file.ts'
import { type Leaderboard, leaderboards, paperSource } from '../../shared/alpaca-eval-leaderboard.ts'
import { badInput } from '../../shared/errors.ts'
import { type Figures, newTokenDefaults } from '../../shared/evaluation-settings.ts'
import { limits } from '../../shared/limits.ts'
import { openStore, type Store } from '../../store/store.ts'
import { engineHelp } from '../judge-engine.ts'
import { addEngineOptions, type EngineOptions, integer } from '../options.ts'
import { tableText } from '../run-text.ts'
import { evaluateStored, judgeAt, modelAt } from '../stored-evaluation.ts'

/** `laurel evaluate alpaca-eval`, and what is done with AlpacaEval's files. */
export function registerAlpacaEval(evaluate: Command): void {
  const command = evaluate
    .command('alpaca-eval')
    .description("AlpacaEval with a judge of your choice: how often it prefers a model's answers to those of a baseline")
    .requiredOption('--input <file>', "the baseline's model_outputs.json, or with --against any file of instructions in that form")
    .option('--judge <path>', 'the model that judges: a Hugging Face folder or a GGUF file (required, unless --judge-engine is a server)')
    .option('--judge-engine <name>', engineHelp)
    .option('--model <path>', 'the model that answers')
    .option('--model-outputs <file>', 'in place of --model: its answers as model_outputs.json')
    .option('--against <path>', 'the baseline is this model, which answers too')
    .option('--limit <n>', 'use only the first n instructions', integer(1), limits.rows)
    .option('--max-new-tokens <n>', 'tokens of an answer', integer(1, limits.tokens), newTokenDefaults['alpaca-eval'].maxNewTokens)
    .option('--seed <n>', 'seed of sampled answers', integer(0), 1)
    .option('--output <file>', 'JSON: the figures, with AlpacaEval’s names')
    .option('--annotations <file>', 'the preferences as annotations.json')
    .option('--outputs <file>', "the model's answers as model_outputs.json")
  addEngineOptions(command).action(measure)
  evaluate
    .command('alpaca-eval-import')
    .description("put the results of AlpacaEval's annotations.json on the leaderboard")
    .requiredOption('--input <file>', "AlpacaEval's annotations.json, or JSON Lines")
    .action(({ input }: { input: string }) => withStore((store) => imported(store, resolve(input))))
  evaluate
    .command('alpaca-eval-leaderboard')
    .description("AlpacaEval results measured or imported here, with the paper's; one table for each judge, baseline, and set of prompts")
    .option('--output <file>', 'JSON: the tables')
    .action(({ output }: { output?: string }) => withStore((store) => list(store, output)))
}

interface AlpacaEvalOptions extends EngineOptions {
  readonly input: string
  readonly judge?: string
  readonly judgeEngine?: string
  readonly model?: string
  readonly modelOutputs?: string
  readonly against?: string
  readonly limit: number
  readonly maxNewTokens: number
  readonly seed: number
  readonly output?: string
  readonly annotations?: string
  readonly outputs?: string
}

async function measure({ input, model, modelOutputs, output, annotations, outputs, ...options }: AlpacaEvalOptions): Promise<void> {
  if ((model === undefined) === (modelOutputs === undefined))
    throw badInput('Give either --model or --model-outputs.', 'The model answers itself, or its answers are in a file.')
  for (const file of [output, annotations, outputs]) if (file !== undefined) checkReplaceable(file)
  const wanted = alpacaEvalOf({
    model: model === undefined ? null : modelAt(model, '--model'),
    outputs: modelOutputs === undefined ? null : resolve(modelOutputs),
    against: options.against === undefined ? null : modelAt(options.against, '--against'),
    judge: judgeAt(options.judge, options.judgeEngine),
    instructions: resolve(input),
    ...{ count: options.limit, seed: options.seed, maxNewTokens: options.maxNewTokens },
  })
  const { figures, engineUsage, files } = await evaluateStored(wanted, options, ({ store, evaluationId, figures, engineUsage }) => ({
    figures,
    engineUsage,
    files: {
      annotations: annotations === undefined ? null : alpacaEvalFile(store, evaluationId, 'annotations').text,
      outputs: outputs === undefined ? null : alpacaEvalFile(store, evaluationId, 'model-outputs').text,
    },
  }))
  const { model: own, against, judge } = wanted.settings
  if (output !== undefined) {
    const document = {
      ...{ model: own.label, baseline: against.label, judge: judge.label, ...inPercent(figures) },
      ...(engineUsage.length > 0 && { engine_usage: engineUsage }),
    }
    replaceFile(output, `${JSON.stringify(document, null, 2)}\n`)
  }
  if (annotations !== undefined && files.annotations !== null) replaceFile(annotations, files.annotations)
  if (outputs !== undefined && files.outputs !== null) replaceFile(outputs, files.outputs)
  process.stdout.write(figuresText(`${wanted.title}, judged by ${judge.label}`, figures))
}

/** AlpacaEval's files have rates in percent. */
const inPercent = (figures: Figures): Figures =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, value !== null && /rate|error|^low$|^high$/.test(name) ? 100 * value : value]),
  )

function figuresText(title: string, figures: Figures): string {
  const { win_rate, low, high, length_controlled_win_rate: controlled, discrete_win_rate, n_total, unreadable, avg_length } = figures
  return [
    `${title}\n`,
    `win rate: ${percentText(win_rate)} (95%: ${percentText(low)} to ${percentText(high)}), n = ${n_total}, unreadable: ${unreadable}\n`,
    `length-controlled (minimal): ${percentText(controlled)}; discrete: ${percentText(discrete_win_rate)}\n`,
    `mean length: ${numberText(avg_length ?? null, 0)} characters, the baseline's ${numberText(figures.baseline_avg_length ?? null, 0)}\n`,
    figures.position_bias == null ? '' : `decided by the order: ${percentText(figures.position_bias)}\n`,
    figures.left_out ? `left out, too long for a model: ${figures.left_out}\n` : '',
  ].join('')
}

function withStore<Value>(work: (store: Store) => Value): Value {
  const home = homeFolder()
  keepPrivate(home)
  const store = openStore(homePaths(home).database)
  try {
    return work(store)
  } finally {
    store.close()
  }
}

function imported(store: Store, path: string): void {
  for (const id of importAnnotations(store, path)) {
    const { title, judge, result } = store.evaluations.find(id)
    process.stdout.write(figuresText(`evaluation ${id}: ${title}, judged by ${judge}`, result ?? {}))
  }
}

function list(store: Store, output: string | undefined): void {
  const tables = leaderboards(listEvaluations(store))
  if (output !== undefined) replaceFile(output, `${JSON.stringify({ tables, published: paperSource }, null, 2)}\n`)
  process.stdout.write(
    `${tables.map(leaderboardText).join('\n')}\nWin rates compare only within a table: the same judge, baseline, and prompts.\n`,
  )
}

function leaderboardText({ judge, baseline, prompts, rows }: Leaderboard): string {
  const header = ['model', 'win rate', 'standard error', 'length-controlled', 'discrete', 'n', 'unreadable', 'length', 'from']
  const cells = rows.map(({ model, winRate, figures, origin }) => [
    ...[model, percentText(winRate, 2), percentText(figures?.standard_error, 2)],
    ...[percentText(figures?.length_controlled_win_rate, 2), percentText(figures?.discrete_win_rate, 2)],
    ...[numberText(figures?.n_total ?? null, 0), numberText(figures?.unreadable ?? null, 0), numberText(figures?.avg_length ?? null, 0)],
    origin === 'published' ? paperSource : origin,
  ])
  return `judge ${judge}, against ${baseline}, ${prompts} prompts\n${tableText([header, ...cells])}`
}
