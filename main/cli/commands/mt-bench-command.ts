import { resolve } from 'node:path'
import type { Command } from 'commander'
import { mtBenchOf } from '../../app/evaluations/new-evaluation.ts'
import { writeJsonLines } from '../../common/jsonl.ts'
import { numberText, percentText } from '../../common/numbers.ts'
import { checkReplaceable, replaceFile } from '../../common/replace-file.ts'
import { type ScoredModel, scoresOfJudgements } from '../../evaluation/mt-bench/judgement-rows.ts'
import { type QuestionFiles, readQuestions, shippedQuestions } from '../../evaluation/mt-bench/questions.ts'
import { mtBenchRows } from '../../loop/evaluation/mt-bench-rows.ts'
import { badInput } from '../../shared/errors.ts'
import { type Figures, type MtBenchSource, newTokenDefaults } from '../../shared/evaluation-settings.ts'
import { limits } from '../../shared/limits.ts'
import { partsOfFigures } from '../../shared/mt-bench-scores.ts'
import { engineHelp } from '../judge-engine.ts'
import { addEngineOptions, type EngineOptions, integer } from '../options.ts'
import { tableText } from '../run-text.ts'
import { evaluateStored, judgeAt, modelAt } from '../stored-evaluation.ts'

const defaults = newTokenDefaults['mt-bench']
const questionsHelp = "questions in FastChat's form, {question_id, category, turns} (default: MT-Bench's 80)"

/** `laurel evaluate mt-bench` and `mt-bench-scores`. */
export function registerMtBench(evaluate: Command): void {
  const command = evaluate
    .command('mt-bench')
    .description('MT-Bench: a judge grades answers to questions of two turns from 1 to 10, or compares them with those of another model')
    .requiredOption('--model <path>', 'a Hugging Face folder or a GGUF file')
    .option('--judge <path>', 'the model that judges; it may be the same (required, unless --judge-engine is a server)')
    .option('--judge-engine <name>', engineHelp)
    .option('--against <path>', "compare with this model's answers, in both orders, in place of grades")
    .option('--questions <file>', questionsHelp)
    .option('--references <file>', "with --questions: reference answers in FastChat's form, {question_id, choices: [{turns}]}")
    .option('--max-new-tokens <n>', 'tokens of an answer', integer(1, limits.tokens), defaults.maxNewTokens)
    .option('--judge-max-new-tokens <n>', 'tokens of a judgement', integer(1, limits.tokens), defaults.judgeMaxNewTokens)
    .option('--seed <n>', 'seed of sampled answers', integer(0), 1)
    .option('--output <file>', 'JSON: scores overall, by turn, and by category')
    .option('--judgements <file>', "JSON Lines: every judgement in FastChat's form")
  addEngineOptions(command).action(measure)
  evaluate
    .command('mt-bench-scores')
    .description("MT-Bench's scores or win rates from FastChat's judgements, without a model")
    .requiredOption('--input <file>', 'JSON Lines, as in model_judgment/*_single.jsonl or *_pair.jsonl')
    .requiredOption('--output <file>', 'JSON: for each model, scores overall, by turn, and by category')
    .option('--questions <file>', `for the categories: ${questionsHelp}`)
    .action(score)
}

interface MtBenchOptions extends EngineOptions {
  readonly model: string
  readonly judge?: string
  readonly judgeEngine?: string
  readonly against?: string
  readonly questions?: string
  readonly references?: string
  readonly maxNewTokens: number
  readonly judgeMaxNewTokens: number
  readonly seed: number
  readonly output?: string
  readonly judgements?: string
}

async function measure(options: MtBenchOptions): Promise<void> {
  const { questions, references, output, judgements, seed, maxNewTokens, judgeMaxNewTokens } = options
  if (questions === undefined && references !== undefined) throw badInput('--references needs --questions.', 'Add --questions FILE.')
  for (const file of [output, judgements]) if (file !== undefined) checkReplaceable(file)
  const source: MtBenchSource =
    questions === undefined
      ? { from: 'shipped' }
      : { from: 'file', path: resolve(questions), references: references === undefined ? null : resolve(references) }
  if (source.from === 'file') readQuestions({ questions: source.path, references: source.references }) // a wrong line is reported before a model loads
  const model = modelAt(options.model, '--model')
  const against = options.against === undefined ? null : modelAt(options.against, '--against')
  const judge = judgeAt(options.judge, options.judgeEngine)
  const { settings, title } = mtBenchOf({ model, against, judge, source, seed }, { maxNewTokens, judgeMaxNewTokens })
  const { figures, engineUsage, rows } = await evaluateStored({ settings, title }, options, ({ figures, engineUsage, ...stored }) => ({
    figures,
    engineUsage,
    rows: judgements === undefined ? [] : mtBenchRows(stored, settings),
  }))
  if (output !== undefined) {
    const document = {
      ...documentOf({ model: model.label, judge: judge.label, figures }),
      ...(against && { against: against.label }),
      ...(engineUsage.length > 0 && { engine_usage: engineUsage }),
    }
    replaceFile(output, `${JSON.stringify(document, null, 2)}\n`)
  }
  if (judgements !== undefined) writeJsonLines(judgements, rows)
  process.stdout.write(scoresText([{ model: title, judge: judge.label, figures }]))
}

function score({ input, output, questions }: { input: string; output: string; questions?: string }): void {
  const files: QuestionFiles = questions === undefined ? shippedQuestions : { questions, references: null }
  const categories = new Map(readQuestions(files).map(({ id, category }) => [String(id), category]))
  const scored = scoresOfJudgements(input, (question) => categories.get(question) ?? null)
  replaceFile(output, `${JSON.stringify(scored.map(documentOf), null, 2)}\n`)
  process.stdout.write(scoresText(scored))
}

function documentOf({ model, judge, figures }: ScoredModel): object {
  const { all, turns, categories } = partsOfFigures(figures)
  return { model, judge, ...all, turns, categories }
}

/** A row per model: overall, turns, and categories, each with the number of judgements, and the judge. */
export function scoresText(scored: readonly ScoredModel[]): string {
  const parts = scored.map(({ figures }) => partsOfFigures(figures))
  const turns = [...new Set(parts.flatMap((part) => Object.keys(part.turns)))]
  const categories = [...new Set(parts.flatMap((part) => Object.keys(part.categories)))]
  const header = ['model', 'judge', 'overall', ...turns.map((turn) => `turn ${turn}`), ...categories, 'unparsed', 'left out']
  const rows = scored.map(({ model, judge }, i) => {
    const { all, turns: byTurn, categories: byCategory } = parts[i]
    const cells = [all, ...turns.map((turn) => byTurn[turn]), ...categories.map((category) => byCategory[category])].map(scoreText)
    return [model, judge, ...cells, `${all.unparsed}`, `${all.left_out ?? 0}`]
  })
  const isPairwise = scored.some(({ figures }) => 'win_rate_adjusted' in figures)
  const note = isPairwise
    ? 'Win rates with ties as half wins (comparisons); a win only where both orders agree.\n'
    : 'Mean grades from 1 to 10 (their number).\n'
  return `${tableText([header, ...rows])}\n${note}`
}

function scoreText(figures: Figures | undefined): string {
  if (figures === undefined) return '-'
  const { score = null, n } = figures
  return `${'win_rate_adjusted' in figures ? percentText(figures.win_rate_adjusted) : numberText(score, 2)} (${n})`
}
