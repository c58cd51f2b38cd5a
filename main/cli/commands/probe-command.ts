import { type Command, InvalidArgumentError } from 'commander'
import { numberText, percentText } from '../../common/numbers.ts'
import { importFile } from '../../data/import-file.ts'
import { hasOrder, orderedAnswers } from '../../data/imported.ts'
import { recommended } from '../../evaluation/probe-figures.ts'
import { type Probe, probeJudge } from '../../loop/evaluation/judge-probe.ts'
import type { Override } from '../../loop/recipe/load-recipe.ts'
import type { EngineWork } from '../../loop/run-context.ts'
import { badInput } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { type ProbedJudge, type ProbedMethod, type ProbeFigures, probedMethods } from '../../shared/probed-judge.ts'
import { snakeKeys } from '../../shared/snake-keys.ts'
import { checkPlace, engineHelp, type JudgePlace, type JudgePlaceOptions, judgePlace, refusedBy } from '../judge-engine.ts'
import { judgeFrom } from '../judge-settings.ts'
import { addEngineOptions, type EngineSession, integer, override, requireOptions, withEngine } from '../options.ts'
import { progressLine } from '../progress.ts'
import { tableText } from '../run-text.ts'

interface ProbeOptions extends JudgePlaceOptions {
  readonly reference?: string
  readonly ranked: string
  readonly methods?: readonly ProbedMethod[]
  readonly limit?: number
  readonly set: readonly Override[]
  readonly seed: number
  readonly batch: number
  readonly json?: boolean
}

/** `laurel judge probe`: which judge to use with a model, before a run depends on it. */
export function registerProbe(judge: Command): void {
  const command = judge
    .command('probe')
    .description('measure every judge on human-ranked answers, and recommend one')
    .option('--model <path>', 'a Hugging Face folder or a GGUF file (required, unless --engine is a server)')
    .option('--engine <name>', engineHelp)
    .option('--reference <path>', 'the model that --model was trained from: also measure the judge implicit')
    .requiredOption('--ranked <file>', 'human-ranked answers: OASST trees, or JSON Lines of {question, answer, rank}')
    .option(
      '--methods <names>',
      `comma-separated (default: all that the engine serves; implicit with --reference) of ${probedMethods.join(', ')}`,
      methodNames,
    )
    .option('--limit <n>', 'use only the first n prompts', integer(1))
    .option('--set <key=value>', "a setting of a recipe's judge, for all methods (may be repeated)", override, [])
    .option('--seed <n>', 'seed of sampled judgements', integer(0), 0)
    .option('--batch <n>', 'number of concurrent sequences', integer(1, limits.batch), 64)
    .option('--json', 'as JSON')
  addEngineOptions(command).action((options: ProbeOptions) => {
    requireOptions(command, ...(options.engine === undefined ? ['model'] : []))
    return probe(options)
  })
}

function methodNames(text: string): ProbedMethod[] {
  return text.split(',').map((part) => {
    const name = probedMethods.find((method) => method === part.trim())
    if (name === undefined) throw new InvalidArgumentError(`Choose among ${probedMethods.join(', ')}.`)
    return name
  })
}

async function probe(options: ProbeOptions): Promise<void> {
  const { model = '', reference, ranked, limit, seed, batch, json } = options
  const place = judgePlace(options)
  const methods = options.methods ?? methodsOf(place, reference)
  checkPlace(place, methods)
  const prompts = orderedAnswers(await importFile(ranked))
    .filter(hasOrder)
    .slice(0, limit)
  if (prompts.length === 0) {
    throw badInput(
      `${ranked}: has no prompt with answers of different ranks.`,
      'Choose OASST trees, {question, answer, rank} rows, or preference pairs.',
    )
  }
  const measure = async ({ engine, signal, load }: EngineSession): Promise<ProbedJudge[]> => {
    if (place?.isOwnModel !== true) await load(model)
    const work = { engine, signal, recipe: { batch, chunk: 256, random: 'philox' } } as const
    const found: ProbedJudge[] = []
    for (const method of methods) found.push(await probeOne(work, method, { model, reference, prompts, seed, overrides: options.set }))
    return found
  }
  const judges = await withEngine(options, measure, place?.start)
  process.stdout.write(json ? `${JSON.stringify(documentOf(judges), null, 2)}\n` : probeText(judges))
}

/** All methods, but those that a server is known not to serve, which are named. */
function methodsOf(place: JudgePlace | null, reference: string | undefined): readonly ProbedMethod[] {
  const refused = refusedBy(place)
  const possible = probedMethods.filter((method) => method !== 'implicit' || reference !== undefined)
  for (const method of possible.filter((method) => refused.has(method)))
    process.stderr.write(`not measured: ${method}, because ${place?.configured.name} has no ${refused.get(method)}\n`)
  return possible.filter((method) => !refused.has(method))
}

async function probeOne(
  work: EngineWork,
  method: ProbedMethod,
  { overrides, ...probe }: Omit<Probe, 'settings' | 'onAnswer'> & { readonly overrides: readonly Override[] },
): Promise<ProbedJudge> {
  const answers = probe.prompts.reduce((sum, { answers }) => sum + answers.length, 0)
  const progress = progressLine(method, answers)
  const settings = (name: string) => judgeFrom({ method: name }, overrides)
  const judge = await probeJudge(work, method, { ...probe, settings, onAnswer: (_, done) => progress.update(done) })
  progress.update(answers)
  progress.finish()
  return judge
}

const figuresOf = ({ interval, ...figures }: ProbeFigures): object => ({ ...snakeKeys(figures), low: interval.low, high: interval.high })

const documentOf = (judges: readonly ProbedJudge[]): object => ({
  judges: judges.map(({ all, matched, ...judge }) => ({ ...snakeKeys(judge), all: figuresOf(all), length_matched: figuresOf(matched) })),
  recommended: recommended(judges)?.method ?? null,
})

/** The table, with a recommendation below it. */
export function probeText(judges: readonly ProbedJudge[]): string {
  const interval = ({ interval: { low, high } }: ProbeFigures): string => `${percentText(low)} to ${percentText(high)}`
  const rows = judges.map(({ method, isControl, all, matched, flipRate, secondsPerAnswer, tokensPerAnswer }) => [
    isControl ? `${method} (control)` : method,
    ...[percentText(all.accuracy), interval(all), percentText(all.ties), percentText(all.unreadable)],
    ...[percentText(matched.accuracy), interval(matched), percentText(flipRate)],
    ...[numberText(secondsPerAnswer, 3), numberText(tokensPerAnswer, 0)],
  ])
  const header = ['judge', 'accuracy', '95%', 'ties', 'unreadable', 'similar length', '95%', 'flips', 's per answer', 'tokens']
  const [first] = judges
  const counts = `${first.all.pairs} pairs, ${first.matched.pairs} of them of similar length (ratio 0.8 to 1.25). A tie is half right.\n`
  return `${tableText([header, ...rows])}\n${counts}${adviceOf(judges)}`
}

function adviceOf(judges: readonly ProbedJudge[]): string {
  const best = recommended(judges)
  if (best !== undefined) {
    return `Recommended: judge.method ${best.method}, right on at least ${percentText(best.matched.interval.low)} of the pairs of similar length.\n`
  }
  return [
    'No judge is better than chance on pairs of similar length: what it knows, the length knows.',
    'Teach the model to judge from human-ranked answers (seed_data.ranked), or use a route that needs no judge:',
    'prompts whose answers a program can check, or your own decisions in Review (review.wait).\n',
  ].join('\n')
}
