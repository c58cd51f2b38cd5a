import { meanOrNull } from '../common/numbers.ts'
import { kendallTauB, spearman } from './correlation.ts'

/** The answers to one prompt: human ranks (0 is the best) and a judge's scores (larger is better). */
export interface RankedGroup {
  readonly ranks: readonly number[]
  readonly scores: readonly number[]
}

/** How well a judge's scores reproduce human rankings. Shares are in [0, 1]; null: nothing to measure. */
export interface RewardMetrics {
  readonly prompts: number
  /** Pairs of answers to the same prompt with different human ranks. */
  readonly pairs: number
  /** Share of the pairs in which the better-ranked answer has the higher score; a tie counts as wrong. */
  readonly pairwiseAccuracy: number | null
  /** Share of the pairs tied in score. */
  readonly tieRate: number | null
  /** Share of the answers scored exactly 5 that have their prompt's best human rank. */
  readonly fiveBest: number | null
  /** Answers scored exactly 5. */
  readonly scoredFive: number
  /** Share of the prompts whose scores reproduce the human ranking exactly, including ties. */
  readonly exactMatch: number | null
  /** Mean over prompts of the correlation between rank and score (positive: better ranks score higher), where defined. */
  readonly spearman: number | null
  /** Kendall's tau-b, averaged in the same way. */
  readonly kendallTau: number | null
  /** Prompts excluded from the two means because all their scores or all their ranks are equal. */
  readonly undefinedCorrelations: number
}

/** The five measures of a reward model against human ranks (Yuan et al. 2024, section 3.1 and Table 4), and the counts behind them. */
export function rewardMetrics(groups: readonly RankedGroup[]): RewardMetrics {
  const pairs = groups.flatMap(pairOrders)
  const fives = groups.flatMap(bestAmongFives)
  const goodness = groups.map((group) => group.ranks.map((rank) => -rank))
  const rhos = defined(groups.map((group, i) => spearman(goodness[i], group.scores)))
  const taus = defined(groups.map((group, i) => kendallTauB(goodness[i], group.scores)))
  return {
    prompts: groups.length,
    pairs: pairs.length,
    pairwiseAccuracy: share(pairs, (order) => order > 0),
    tieRate: share(pairs, (order) => order === 0),
    fiveBest: share(fives, (best) => best),
    scoredFive: fives.length,
    exactMatch: share(groups, ordersExactly),
    spearman: meanOrNull(rhos),
    kendallTau: meanOrNull(taus),
    undefinedCorrelations: groups.length - rhos.length,
  }
}

/** A group in which some answers have no score. */
interface PartlyScoredGroup {
  readonly ranks: readonly number[]
  readonly scores: readonly (number | null)[]
}

/**
 * Groups in the form for `rewardMetrics`: answers without a score are removed, and groups with fewer than two remaining answers, which have
 * nothing to compare. `unscored` counts the removed answers, to be shown next to the metrics.
 */
export function scoredGroups(groups: readonly PartlyScoredGroup[]): { groups: RankedGroup[]; unscored: number } {
  let unscored = 0
  const kept: RankedGroup[] = []
  for (const { ranks, scores } of groups) {
    const scored = scores.flatMap((score, i) => (score === null ? [] : [{ rank: ranks[i], score }]))
    unscored += scores.length - scored.length
    if (scored.length === scores.length || scored.length >= 2)
      kept.push({ ranks: scored.map((answer) => answer.rank), scores: scored.map((answer) => answer.score) })
  }
  return { groups: kept, unscored }
}

/** For each pair with different ranks: 1 if the scores agree with the ranks, 0 if they tie, -1 if they contradict. */
function pairOrders({ ranks, scores }: RankedGroup): number[] {
  const orders: number[] = []
  for (let i = 0; i < ranks.length; i++) {
    for (let j = 0; j < i; j++) {
      if (ranks[i] !== ranks[j]) orders.push(Math.sign(scores[i] - scores[j]) * Math.sign(ranks[j] - ranks[i]))
    }
  }
  return orders
}

/** For each answer scored exactly 5: whether its rank is the prompt's best. */
function bestAmongFives({ ranks, scores }: RankedGroup): boolean[] {
  const best = Math.min(...ranks)
  return ranks.filter((_, i) => scores[i] === 5).map((rank) => rank === best)
}

/** Whether all pairs of answers compare the same by score and by rank. */
function ordersExactly({ ranks, scores }: RankedGroup): boolean {
  return ranks.every((rank, i) => ranks.every((other, j) => Math.sign(other - rank) === Math.sign(scores[i] - scores[j])))
}

const defined = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null)

const share = <T>(of: readonly T[], is: (value: T) => boolean): number | null => (of.length === 0 ? null : of.filter(is).length / of.length)

/** The answers to one prompt with their human ranks (smaller is better). */
interface RankedTexts {
  readonly ranks: readonly number[]
  readonly texts: readonly string[]
}

/** Length of a text in code points, not UTF-16 units. */
export function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/**
 * The metrics of a judge that goes by length alone: longer is better. Human rankings favor long answers, so a real judge's figures only
 * mean something next to these. `fiveBest` is null, since a length isn't a score of five.
 */
export function lengthBaseline(groups: readonly RankedTexts[]): RewardMetrics {
  const metrics = rewardMetrics(groups.map(({ ranks, texts }) => ({ ranks, scores: texts.map(characters) })))
  return { ...metrics, fiveBest: null, scoredFive: 0 }
}
