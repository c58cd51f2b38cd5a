import { generators } from '../../common/random.ts'
import { isLengthMatched, type ProbeFigures, probeFigures, rankedPairs } from '../../evaluation/probe-figures.ts'
import { characters } from '../../evaluation/reward-metrics.ts'
import { flipRateOf } from '../../shared/comparison-detail.ts'
import type { JudgeMethod, JudgeRecipe } from '../../shared/recipe.ts'
import { judgeRows } from '../judges/judge-rows.ts'
import { costFigures } from '../judges/judging-cost.ts'
import { rewardOf } from '../preferences/pair-rules.ts'
import type { EngineWork } from '../run-context.ts'
import type { RankedInput } from './judge-quality.ts'

/** Methods that work with a model as it is: no training, no program, no second model. The controls come last. */
export const probedMethods = ['additive', 'expected', 'yes', 'checklist', 'pairwise', 'contrast', 'random', 'length'] as const
export type ProbedMethod = (typeof probedMethods)[number]

const controls: readonly ProbedMethod[] = ['random', 'length']

/** A judge's figures on human-ranked pairs. */
export interface ProbedJudge {
  readonly method: ProbedMethod
  readonly isControl: boolean
  readonly all: ProbeFigures
  /** On pairs of similar length. */
  readonly matched: ProbeFigures
  /** The share of its comparisons that depend on the order; null: it makes none. */
  readonly flipRate: number | null
  readonly secondsPerAnswer: number | null
  readonly tokensPerAnswer: number | null
}

interface Probe {
  readonly model: string
  readonly prompts: readonly RankedInput[]
  readonly seed: number
  /** Settings of the judges, by method. */
  readonly settings: (method: JudgeMethod) => JudgeRecipe
  /** Called after each judged answer. */
  readonly onAnswer?: (method: ProbedMethod, done: number, total: number) => void
}

/** Measures a judge on human-ranked answers. Answers that don't fit the context count as unreadable. */
export async function probeJudge(work: EngineWork, method: ProbedMethod, probe: Probe): Promise<ProbedJudge> {
  const answers = probe.prompts.flatMap(({ prompt, answers }) => answers.map(({ text }) => ({ instruction: prompt, response: text })))
  const { rewards, ...figures } =
    method === 'length'
      ? { rewards: answers.map(({ response }) => characters(response)), flipRate: null, secondsPerAnswer: 0, tokensPerAnswer: 0 }
      : await judgeAll(work, method, answers, probe)
  let place = 0
  const pairs = probe.prompts.flatMap(({ answers }) =>
    rankedPairs(answers.map(({ text, rank }) => ({ text, rank, reward: rewards[place++] }))),
  )
  const matched = probeFigures(pairs.filter(isLengthMatched))
  return { method, isControl: controls.includes(method), all: probeFigures(pairs), matched, ...figures }
}

async function judgeAll(
  work: EngineWork,
  method: JudgeMethod & ProbedMethod,
  rows: readonly { readonly instruction: string; readonly response: string }[],
  { model, seed, settings, onAnswer }: Probe,
): Promise<Omit<ProbedJudge, 'method' | 'isControl' | 'all' | 'matched'> & { readonly rewards: readonly (number | null)[] }> {
  const { deriveSeed } = generators[work.recipe.random]
  const judge = settings(method)
  let done = 0
  const { judged, cost } = await judgeRows({
    ...{ stage: work, judge, model, rows },
    seed: (row, sample) => deriveSeed(seed, 'judge', row, sample),
    onJudged: () => onAnswer?.(method, ++done, rows.length),
  })
  const details = judged.flatMap((own) => own.map(({ detail }) => detail))
  const { seconds_per_answer, tokens_per_answer } = costFigures(cost)
  return {
    rewards: judged.map((own) => rewardOf(own.map(({ score }) => score))),
    flipRate: flipRateOf(details),
    secondsPerAnswer: seconds_per_answer,
    tokensPerAnswer: tokens_per_answer,
  }
}
