import { z } from 'zod'
import { fillPairwisePrompt, loadPairwisePrompt } from '../../evaluation/judge-prompt.ts'
import { parseVerdict } from '../../evaluation/parse-verdict.ts'
import {
  type BothOrders,
  countOutcomes,
  type HeadToHead,
  headToHead,
  type Outcome,
  outcomeOf,
  outcomeOfRewards,
} from '../../evaluation/win-rate.ts'
import type { Sampling } from '../../shared/engine-protocol.ts'
import type { Figures, HeadToHeadSettings } from '../../shared/evaluation-settings.ts'
import { rewardOf } from '../preferences/pair-rules.ts'
import { generateMissing, greedySampling } from '../stage-work.ts'
import { answerPrompts, judgementsOf, scoreAnswers } from './answers.ts'
import { type EvaluationWork, type NamedModel, type UnitStore, unitStore } from './units.ts'

/** The measured model and its opponent. */
type Side = 'own' | 'other'

/** The purpose of a comparison's answers. */
export const headToHeadAnswers = 'head-to-head'

/** A comparison of two models on some prompts. */
export interface Comparison {
  readonly models: Readonly<Record<Side, NamedModel>>
  readonly judge: NamedModel
  readonly prompts: readonly string[]
  readonly sampling: Sampling
  /** What the answers are for, by default a head-to-head of models. */
  readonly purpose?: string
  readonly deciding: HeadToHeadSettings['deciding']
}

/** Two models' answers to one prompt. */
export type AnswerPair = Readonly<Record<Side, string>> & { readonly position: number; readonly instruction: string }

/** One comparison of a pair by the judge. `sample` is 1 if the answers are swapped: the model's own answer is shown as B. */
type Look = AnswerPair & { readonly sample: 0 | 1 }

/** A judge's text, and the verdict, or null if it couldn't be parsed. */
const verdictValue = z.object({ text: z.string(), verdict: z.enum(['A', 'B', 'tie']).nullable() })
type Said = z.output<typeof verdictValue>

/** Has both models answer each prompt. Prompts that one of them can't answer are omitted. */
export async function answerBoth(
  work: EvaluationWork,
  { models, prompts, sampling, purpose = headToHeadAnswers }: Comparison,
): Promise<AnswerPair[]> {
  const answersOf = async (side: Side): Promise<Map<number, string>> => {
    const found = await answerPrompts(work, { purpose, model: models[side], prompts, sampling })
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
export async function comparePairs(work: EvaluationWork, comparison: Judged, pairs: readonly AnswerPair[]): Promise<Figures> {
  const { deciding } = comparison
  if (deciding.method === 'score')
    return figuresOf(countOutcomes([...(await compareRewards(work, { ...comparison, deciding }, pairs)).values()]))
  const counted = headToHead([...(await judgeBothOrders(work, { ...comparison, deciding }, pairs)).values()])
  return { ...figuresOf(counted), position_bias: counted.positionBias }
}

/** The same, pair by pair, by position: null where a judgement couldn't be read. What the judge can't read is missing. */
export async function outcomesOfPairs(
  work: EvaluationWork,
  comparison: Judged,
  pairs: readonly AnswerPair[],
): Promise<Map<number, Outcome | null>> {
  const { deciding } = comparison
  if (deciding.method === 'score') return compareRewards(work, { ...comparison, deciding }, pairs)
  const verdicts = await judgeBothOrders(work, { ...comparison, deciding }, pairs)
  return new Map([...verdicts].map(([position, both]) => [position, outcomeOf(both)]))
}

/** What a judge has to know. */
type Judged = Pick<Comparison, 'models' | 'judge' | 'deciding' | 'purpose'>
type JudgedBy<Method extends Comparison['deciding']['method']> = Judged & {
  readonly deciding: Extract<Comparison['deciding'], { readonly method: Method }>
}

async function compareRewards(
  work: EvaluationWork,
  { models, judge, deciding, purpose = headToHeadAnswers }: JudgedBy<'score'>,
  pairs: readonly AnswerPair[],
): Promise<Map<number, Outcome | null>> {
  const rewardsOf = async (side: Side): Promise<(number | null)[]> => {
    const answers = pairs.map(({ position, instruction, [side]: response }) => ({ position, instruction, response }))
    const judgements = judgementsOf(work.owner, models[side].name, purpose, judge.name)
    const { reference } = deciding
    const { scoresOf } = await scoreAnswers(work, judgements, { judge: deciding.judge, model: judge.path, reference }, answers)
    return answers.map(({ position }) => rewardOf(scoresOf(position)))
  }
  const own = await rewardsOf('own')
  const others = await rewardsOf('other')
  return new Map(pairs.map(({ position }, i) => [position, outcomeOfRewards(own[i], others[i])]))
}

/** The verdicts on pairs that the judge has read in both orders; a pair that it can read in one order only is left out, not unreadable. */
async function judgeBothOrders(
  work: EvaluationWork,
  { models, judge, deciding }: JudgedBy<'pairwise'>,
  pairs: readonly AnswerPair[],
): Promise<Map<number, BothOrders>> {
  const { prompt, maxNewTokens } = deciding
  const template = loadPairwisePrompt(prompt)
  const looks = pairs.flatMap((pair): Look[] => [
    { ...pair, sample: 0 },
    { ...pair, sample: 1 },
  ])
  const [model, against] = [models.own.name, models.other.name]
  const verdicts: UnitStore<Look, Said, Said> = unitStore(work.owner, {
    part: ['verdicts', model, against, judge.name],
    schema: verdictValue,
    toStored: (said) => said,
    what: `${model} v ${against}, judged by ${judge.name}`,
    noun: 'comparisons',
    nameOf: ({ position, sample }) => `prompt ${position + 1}${sample === 1 ? ', swapped' : ''}`,
  })
  await generateMissing(work, verdicts.units(looks, 1), {
    model: judge.path,
    sampling: greedySampling(maxNewTokens),
    input: ({ instruction, own, other, sample }) => {
      const [a, b] = sample === 1 ? [other, own] : [own, other]
      return { prompt: fillPairwisePrompt(template, instruction, a, b) }
    },
    read: ({ text }) => ({ text, verdict: parseVerdict(text) }),
  })
  const byPrompt = Map.groupBy(verdicts.stored(), ({ position }) => position)
  return new Map(
    [...byPrompt].flatMap(([position, both]) => {
      const [first, second] = [0, 1].map((sample) => both.find((one) => one.sample === sample))
      return first === undefined || second === undefined ? [] : [[position, { first: first.verdict, second: second.verdict }]]
    }),
  )
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
