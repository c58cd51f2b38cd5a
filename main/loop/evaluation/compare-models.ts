import { countOutcomes, type HeadToHead, headToHead, outcomeOfRewards } from '../../evaluation/head-to-head.ts'
import { fillPairwisePrompt, loadPairwisePrompt } from '../../evaluation/judge-prompt.ts'
import { parseVerdict, type Verdict } from '../../evaluation/parse-verdict.ts'
import type { Sampling } from '../../shared/engine-protocol.ts'
import type { Figures } from '../../shared/evaluation-rows.ts'
import type { HeadToHeadSettings } from '../../shared/evaluation-settings.ts'
import { rewardOf } from '../preferences/pair-rules.ts'
import type { EngineWork } from '../run-context.ts'
import { generateMissing, greedySampling } from '../stage-work.ts'
import { type AnswerStore, answerPrompts, type JudgementStore, scoreAnswers, type UnitStore } from './answers.ts'

/** The measured model and its opponent. */
export type Side = 'own' | 'other'

/** A comparison of two models on some prompts. Models are paths. */
export interface Comparison {
  readonly models: Readonly<Record<Side, string>>
  readonly judge: string
  readonly prompts: readonly string[]
  readonly sampling: Sampling
  readonly deciding: HeadToHeadSettings['deciding']
}

/** Where a comparison stores its units. */
export interface ComparisonStores {
  readonly answers: Readonly<Record<Side, AnswerStore>>
  readonly verdicts: UnitStore<Look, Said, Verdicts[number]>
  readonly judgements: Readonly<Record<Side, JudgementStore>>
}

/** Two models' answers to one prompt. */
export type AnswerPair = Readonly<Record<Side, string>> & { readonly position: number; readonly instruction: string }

/** One comparison of a pair by the judge. `sample` is 1 if the answers are swapped: the model's own answer is shown as B. */
export type Look = AnswerPair & { readonly sample: 0 | 1 }

/** A judge's text, and the verdict, or null if it couldn't be parsed. */
export interface Said {
  readonly text: string
  readonly verdict: Verdict | null
}

type Verdicts = readonly (Pick<Said, 'verdict'> & { readonly position: number; readonly sample: number })[]

/** Has both models answer each prompt. Prompts that one of them can't answer are omitted. */
export async function answerBoth(
  work: EngineWork,
  { answers }: ComparisonStores,
  { models, prompts, sampling }: Comparison,
): Promise<AnswerPair[]> {
  const answersOf = async (side: Side): Promise<Map<number, string>> => {
    const found = await answerPrompts(work, answers[side], { model: models[side], prompts, sampling })
    return new Map(found.map(({ position, text }) => [position, text]))
  }
  const own = await answersOf('own')
  const others = await answersOf('other')
  return prompts.flatMap((instruction, position): AnswerPair[] => {
    const [ofOwn, ofOther] = [own.get(position), others.get(position)]
    return ofOwn === undefined || ofOther === undefined ? [] : [{ position, instruction, own: ofOwn, other: ofOther }]
  })
}

/**
 * Has a judge compare the answers (paper, section 3.1). It either sees both answers in both orders (a disagreement counts as a tie), or
 * scores each answer alone and the scores are compared.
 */
export async function comparePairs(
  work: EngineWork,
  { verdicts, judgements }: ComparisonStores,
  { judge, deciding }: Comparison,
  pairs: readonly AnswerPair[],
): Promise<Figures> {
  if (deciding.method === 'pairwise') {
    await judgeBothOrders(work, verdicts, { judge, ...deciding }, pairs)
    return pairwiseFigures(verdicts.stored())
  }
  const rewardsOf = async (side: Side): Promise<(number | null)[]> => {
    const answers = pairs.map(({ position, instruction, [side]: response }) => ({ position, instruction, response }))
    const scores = await scoreAnswers(work, judgements[side], { judge: deciding.judge, model: judge }, answers)
    return answers.map(({ position }) => rewardOf(scores(position)))
  }
  const own = await rewardsOf('own')
  const others = await rewardsOf('other')
  return figuresOf(countOutcomes(own.map((reward, i) => outcomeOfRewards(reward, others[i]))))
}

function judgeBothOrders(
  work: EngineWork,
  verdicts: ComparisonStores['verdicts'],
  { judge, prompt, maxNewTokens }: { readonly judge: string; readonly prompt: string; readonly maxNewTokens: number },
  pairs: readonly AnswerPair[],
): Promise<void> {
  const template = loadPairwisePrompt(prompt)
  const looks = pairs.flatMap((pair): Look[] => [
    { ...pair, sample: 0 },
    { ...pair, sample: 1 },
  ])
  return generateMissing(work, verdicts.units(looks, 1), {
    model: judge,
    sampling: greedySampling(maxNewTokens),
    input: ({ instruction, own, other, sample }) => {
      const [a, b] = sample === 1 ? [other, own] : [own, other]
      return { prompt: fillPairwisePrompt(template, instruction, a, b) }
    },
    read: ({ text }) => ({ text, verdict: parseVerdict(text) }),
  })
}

function pairwiseFigures(verdicts: Verdicts): Figures {
  const byPrompt = Map.groupBy(verdicts, ({ position }) => position)
  const counted = headToHead(
    [...byPrompt.values()].map((both) => ({
      first: both.find(({ sample }) => sample === 0)?.verdict ?? null,
      second: both.find(({ sample }) => sample === 1)?.verdict ?? null,
    })),
  )
  return { ...figuresOf(counted), position_bias: counted.positionBias }
}

const figuresOf = ({ wins, ties, losses, unreadable, winRate, interval }: Omit<HeadToHead, 'positionBias'>): Figures => ({
  n: wins + ties + losses,
  wins,
  ties,
  losses,
  unreadable,
  win_rate: winRate,
  low: interval.low,
  high: interval.high,
})
