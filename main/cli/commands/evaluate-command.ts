import type { Command } from 'commander'
import { z } from 'zod'
import { replaceFile } from '../../common/replace-file.ts'
import { cohenKappa, wilsonInterval } from '../../evaluation/agreement.ts'
import { readAnnotatedPairs } from '../../evaluation/alpaca-eval/annotation-file.ts'
import { checkComparable, labelAgreement } from '../../evaluation/label-agreement.ts'
import { rewardMetrics, scoredGroups } from '../../evaluation/reward-metrics.ts'
import { rougeL } from '../../evaluation/rouge-l.ts'
import { winRate } from '../../evaluation/win-rate.ts'
import { badInput } from '../../shared/errors.ts'
import { readJsonInput, readRows } from '../input-rows.ts'
import { registerAlpacaEval } from './alpaca-eval-command.ts'
import { registerFileEvaluations } from './file-evaluation-commands.ts'
import { registerMtBench } from './mt-bench-command.ts'

interface EvaluateOptions {
  readonly input: string
  readonly output: string
}

/** Measurements of models, and metrics that need no model: from a file of numbers or texts to a file of figures. */
export function registerEvaluate(program: Command): void {
  const command = program.command('evaluate').description('measure a model, or compute metrics from files without one')
  const add = (name: string, description: string, input: string, output: string, measure: (path: string) => unknown) =>
    command
      .command(name)
      .description(description)
      .requiredOption('--input <file>', input)
      .requiredOption('--output <file>', output)
      .action(({ input, output }: EvaluateOptions) => replaceFile(output, `${JSON.stringify(measure(input), null, 2)}\n`))
  add(
    'reward-metrics',
    "agreement of a judge's scores with human ranks",
    'JSON: {groups: [{ranks, scores}]}, rank 0 the best',
    'JSON: accuracies and correlations',
    evaluateRewards,
  )
  add(
    'win-rate',
    "AlpacaEval's win rates, with and without length control",
    "AlpacaEval's annotations, JSON or JSON Lines: {preference, output_1, output_2} or {preference, length_1, length_2}",
    'JSON: rates in percent',
    evaluateWinRate,
  )
  add('rouge-l', 'ROUGE-L similarity of text pairs', 'JSON: [[a, b], ...]', 'JSON: [F1, ...]', evaluateRougeL)
  add(
    'agreement',
    "Cohen's kappa of two raters, or the 95% Wilson interval of a proportion",
    'JSON: [{a, b} or {wins, n}, ...]; a and b are lists of labels or strings of one-letter labels',
    'JSON: [{cohen_kappa} or {low, high}, ...]',
    evaluateAgreement,
  )
  add(
    'judge-agreement',
    "a judge's agreement with users: accuracy and Cohen's kappa, next to a constant judge and one that prefers the longer answer",
    'JSON Lines: {judge, user} and optionally {length_a, length_b}, for labels A, B, and tie',
    'JSON: shares and kappas',
    evaluateJudgeAgreement,
  )
  registerMtBench(command)
  registerAlpacaEval(command)
  registerFileEvaluations(command)
}

const rankedGroups = z.object({
  groups: z.array(
    z
      .object({ ranks: z.array(z.number()), scores: z.array(z.number().nullable()) })
      .refine(({ ranks, scores }) => ranks.length === scores.length, 'must have as many scores as ranks')
      .refine(({ ranks }) => ranks.length > 0, 'must have at least one answer'),
  ),
})

function evaluateRewards(path: string): Record<string, number | null> {
  const read = readJsonInput(path, rankedGroups, 'Write {"groups": [{"ranks": [0, 1], "scores": [4, 2.5]}, ...]}.')
  const { groups, unscored } = scoredGroups(read.groups)
  note(unscored, 'answers without a score')
  const metrics = rewardMetrics(groups)
  return {
    prompts: metrics.prompts,
    pairs: metrics.pairs,
    pairwise_accuracy: metrics.pairwiseAccuracy,
    tie_rate: metrics.tieRate,
    five_best: metrics.fiveBest,
    scored_five: metrics.scoredFive,
    exact_match: metrics.exactMatch,
    spearman: metrics.spearman,
    kendall_tau: metrics.kendallTau,
    undefined_correlations: metrics.undefinedCorrelations,
  }
}

function evaluateWinRate(path: string): Record<string, number | null> {
  const rows = readAnnotatedPairs(path)
  const annotations = rows.flatMap(({ annotation }) => annotation ?? [])
  note(rows.length - annotations.length, 'rows without a preference')
  if (annotations.length === 0) throw badInput(`${path}: no row has a preference`, 'Add at least one annotated comparison.')
  const rates = winRate(annotations)
  return {
    n: rates.n,
    win_rate: rates.winRate,
    standard_error: rates.standardError,
    n_wins: rates.wins,
    n_draws: rates.draws,
    discrete_win_rate: rates.discreteWinRate,
    length_coefficient: rates.lengthCoefficient,
    bias: rates.bias,
    length_controlled_win_rate_minimal: rates.lengthControlledWinRate,
  }
}

const textPairs = z.array(z.tuple([z.string(), z.string()]).rest(z.unknown()))

function evaluateRougeL(path: string): number[] {
  return readJsonInput(path, textPairs, 'Write [["one text", "another"], ...].').map(([a, b]) => rougeL(a, b))
}

const label = z.union([z.string(), z.number(), z.boolean()])
const labels = z.union([z.string().transform((text) => [...text]), z.array(label)], {
  error: 'expected a string of one-letter labels or a list of labels',
})
const ratings = z
  .object({ a: labels, b: labels })
  .refine(({ a, b }) => a.length === b.length, 'a and b must have the same number of labels')
const proportion = z.object({ wins: z.number().min(0), n: z.int().min(0) }).refine(({ wins, n }) => wins <= n, 'wins must be at most n')

function evaluateAgreement(path: string): object[] {
  const remedy = 'Write [{"a": "LRT", "b": "LRR"} or {"wins": 3, "n": 10}, ...].'
  const entry = z.record(z.string(), z.unknown()).transform((value, context) => {
    const parsed = 'wins' in value ? proportion.safeParse(value) : ratings.safeParse(value)
    if (parsed.success) return parsed.data
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message, input: value })
    return z.NEVER
  })
  return readJsonInput(path, z.array(entry), remedy).map((measured) =>
    'wins' in measured ? wilsonInterval(measured.wins, measured.n) : { cohen_kappa: kappaOf(measured) },
  )
}

function kappaOf({ a, b }: z.output<typeof ratings>): number | null {
  checkComparable(a, b)
  return cohenKappa(a, b)
}

const votedRow = z.object({ judge: label, user: label, length_a: z.number().min(0).optional(), length_b: z.number().min(0).optional() })

/** A judge's labels against users', with two baselines. Lengths are of the answers that the labels A and B name. */
function evaluateJudgeAgreement(path: string): Record<string, number | null> {
  const rows = readRows(
    path,
    votedRow,
    'Write lines of {"judge": "A", "user": "B", "length_a": 310, "length_b": 125}; the lengths are optional.',
  )
  const lengths = rows.flatMap(({ value: { length_a: a, length_b: b } }) =>
    a === undefined || b === undefined ? [] : [a === b ? 'tie' : a > b ? 'A' : 'B'],
  )
  const [judge, users] = [rows.map(({ value }) => value.judge), rows.map(({ value }) => value.user)]
  const isOfSides = users.every((user) => user === 'A' || user === 'B' || user === 'tie')
  const longer = lengths.length === rows.length && isOfSides ? lengths : null
  const { n, accuracy, interval, kappa, constantAccuracy, lengthAccuracy, lengthKappa } = labelAgreement(judge, users, longer)
  return {
    ...{ n, accuracy, low: interval.low, high: interval.high, cohen_kappa: kappa },
    ...{ constant_accuracy: constantAccuracy, length_accuracy: lengthAccuracy, length_kappa: lengthKappa },
  }
}

function note(count: number, what: string): void {
  if (count > 0) process.stderr.write(`skipped ${what}: ${count}\n`)
}
