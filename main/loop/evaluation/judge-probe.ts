import { generators } from '../../common/random.ts'
import { isLengthMatched, probeFigures, rankedPairs } from '../../evaluation/probe-figures.ts'
import { characters } from '../../evaluation/reward-metrics.ts'
import { flipRateOf } from '../../shared/comparison-detail.ts'
import { isControl, type ProbedJudge, type ProbedMethod } from '../../shared/probed-judge.ts'
import type { JudgeMethod, JudgeRecipe } from '../../shared/recipe.ts'
import { judgeRows } from '../judges/judge-rows.ts'
import { costFigures, type JudgingCost } from '../judges/judging-cost.ts'
import { rewardOf } from '../preferences/pair-rules.ts'
import type { EngineWork } from '../run-context.ts'
import type { RankedInput } from './judge-quality.ts'

/** What a judge made of human-ranked answers, in their order. */
interface JudgedRanked {
  readonly rewards: readonly (number | null)[]
  /** Of each judgement. */
  readonly details: readonly unknown[]
  readonly cost: JudgingCost
}

/** All answers, with their prompts as instructions. */
export const answersToProbe = (prompts: readonly RankedInput[]): { instruction: string; response: string }[] =>
  prompts.flatMap(({ prompt, answers }) => answers.map(({ text }) => ({ instruction: prompt, response: text })))

/** A judge's figures. Answers without a reward (unreadable, or too long for the context) count as unreadable. */
export function probedJudgeOf(method: ProbedMethod, prompts: readonly RankedInput[], judged: JudgedRanked): ProbedJudge {
  let place = 0
  const pairs = prompts.flatMap(({ answers }) =>
    rankedPairs(answers.map(({ text, rank }) => ({ text, rank, reward: judged.rewards[place++] }))),
  )
  const { seconds_per_answer, tokens_per_answer } = costFigures(judged.cost)
  return {
    ...{ method, isControl: isControl(method), all: probeFigures(pairs), matched: probeFigures(pairs.filter(isLengthMatched)) },
    ...{ flipRate: flipRateOf(judged.details), secondsPerAnswer: seconds_per_answer, tokensPerAnswer: tokens_per_answer },
  }
}

/** The control that prefers the longer answer. */
export function probeLength(prompts: readonly RankedInput[]): ProbedJudge {
  const answers = answersToProbe(prompts)
  const cost = { answers: answers.length, seconds: 0, readTokens: 0, newTokens: 0 }
  return probedJudgeOf('length', prompts, { rewards: answers.map(({ response }) => characters(response)), details: [], cost })
}

export interface Probe {
  readonly model: string
  /** The model that `model` was trained from (method `implicit`). */
  readonly reference?: string
  readonly prompts: readonly RankedInput[]
  readonly seed: number
  /** Settings of the judges, by method. */
  readonly settings: (method: JudgeMethod) => JudgeRecipe
  /** Called after each judged answer. */
  readonly onAnswer?: (method: ProbedMethod, done: number, total: number) => void
}

/** Measures a judge on human-ranked answers and stores nothing. */
export async function probeJudge(work: EngineWork, method: ProbedMethod, probe: Probe): Promise<ProbedJudge> {
  const { model, reference, prompts, seed, settings, onAnswer } = probe
  if (method === 'length') return probeLength(prompts)
  const { deriveSeed } = generators[work.recipe.random]
  const rows = answersToProbe(prompts)
  let done = 0
  const { judged, cost } = await judgeRows({
    ...{ stage: work, judge: settings(method), model, reference, rows },
    seed: (row, sample) => deriveSeed(seed, 'judge', row, sample),
    onJudged: () => onAnswer?.(method, ++done, rows.length),
  })
  const rewards = judged.map((own) => rewardOf(own.map(({ score }) => score)))
  return probedJudgeOf(method, prompts, { rewards, details: judged.flat().map(({ detail }) => detail), cost })
}
