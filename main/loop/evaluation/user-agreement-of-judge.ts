import { z } from 'zod'
import { labelAgreement } from '../../evaluation/label-agreement.ts'
import { characters } from '../../evaluation/reward-metrics.ts'
import type { Outcome } from '../../evaluation/win-rate.ts'
import { badInput } from '../../shared/errors.ts'
import type { Figures, UserAgreementSettings } from '../../shared/evaluation-settings.ts'
import type { Store } from '../../store/store.ts'
import { samplesOf } from '../judges/judge-work.ts'
import { type AnswerPair, outcomesOfPairs } from './compare-models.ts'
import { as, inputsOf, judging, leftOutFigure, type StandaloneWork, setTotal } from './standalone-work.ts'

type SideLabel = 'A' | 'B' | 'tie'

/** Two answers that a user compared in the arena. */
const votedPair = z.object({ instruction: z.string(), a: z.string(), b: z.string(), vote: z.enum(['A', 'B', 'tie']) })
type VotedPair = z.output<typeof votedPair>

/**
 * A judge's agreement with users: it compares the pairs of answers that users voted on in the arena, and its verdicts are compared with the votes.
 * Both good and both bad are a tie. Next to it: the label that users give most often, and "the longer answer is better".
 */
export async function measureUserAgreement(work: StandaloneWork, { model, deciding, votes }: UserAgreementSettings): Promise<Figures> {
  const inputs = await inputsOf(work, votedPair, async () => votedPairs(work.store, votes))
  setTotal(work, 2 * inputs.length * (deciding.method === 'pairwise' ? 1 : samplesOf(deciding.judge)))
  const pairs = inputs.map(({ instruction, a, b }, position): AnswerPair => ({ position, instruction, own: a, other: b }))
  const judge = as('judge', model)
  const comparison = { models: { own: { ...judge, name: 'own' }, other: { ...judge, name: 'other' } }, judge, deciding }
  const outcomes = await outcomesOfPairs(judging(work), comparison, pairs)
  return { ...agreementFigures(inputs, outcomes), ...leftOutFigure(work, inputs.length) }
}

function votedPairs(store: Store, votes: UserAgreementSettings['votes']): VotedPair[] {
  const rounds = store.arena.list().flatMap(({ prompt, textA, textB, vote, isOpen }): VotedPair[] => {
    if (vote === null || vote === 'skip' || (votes === 'blind' && isOpen)) return []
    return [{ instruction: prompt, a: textA, b: textB, vote: vote === 'both-bad' ? 'tie' : vote }]
  })
  if (rounds.length === 0)
    throw badInput(`There are no ${votes === 'blind' ? 'blind votes' : 'votes'} in the arena yet.`, 'Vote on some pairs of answers first.')
  return rounds
}

const sideOf: Readonly<Record<Outcome, SideLabel>> = { win: 'A', loss: 'B', tie: 'tie' }

function agreementFigures(inputs: readonly VotedPair[], outcomes: ReadonlyMap<number, Outcome | null>): Figures {
  const judged = inputs.flatMap((pair, position) => {
    const outcome = outcomes.get(position)
    return outcome == null ? [] : [{ pair, judge: sideOf[outcome] }]
  })
  const { n, accuracy, interval, kappa, constantAccuracy, lengthAccuracy, lengthKappa } = labelAgreement(
    judged.map(({ judge }) => judge),
    judged.map(({ pair }) => pair.vote),
    judged.map(({ pair }) => longerOf(pair)),
  )
  return {
    ...{ n, accuracy, low: interval.low, high: interval.high, kappa },
    ...{ constant_accuracy: constantAccuracy, length_accuracy: lengthAccuracy, length_kappa: lengthKappa },
    ...{ ties: judged.filter(({ pair }) => pair.vote === 'tie').length, judged_ties: judged.filter(({ judge }) => judge === 'tie').length },
    unreadable: [...outcomes.values()].filter((outcome) => outcome === null).length,
  }
}

function longerOf({ a, b }: VotedPair): SideLabel {
  const difference = characters(a) - characters(b)
  return difference > 0 ? 'A' : difference < 0 ? 'B' : 'tie'
}
