import { mean } from '../common/numbers.ts'
import type { Figures } from '../shared/evaluation-settings.ts'

/** A requirement of a response: what a program found, and the judge's probability that it is met; null: unreadable. */
export interface JudgedRequirement {
  /** The id of the program's check. */
  readonly check: string
  readonly isMet: boolean
  readonly yes: number | null
}

/** A response: its requirements. */
type JudgedResponse = readonly JudgedRequirement[]

/**
 * How well a judge's probabilities agree with programs, over the responses to several prompts: `auc` and `accuracy` of its verdicts, also by
 * check, and the share of the pairs of responses to a prompt that it orders by how many requirements they meet. An unreadable verdict counts
 * as 0.5, which is half right. `most_common` is the accuracy of the verdict that is right most often. `unseen`: checks whose verdicts weren't
 * taught, which are also measured together. Null: nothing to measure.
 */
export function requirementFigures(prompts: readonly (readonly JudgedResponse[])[], unseen: readonly string[] = []): Figures {
  const all = prompts.flat(2)
  const orders = prompts.flatMap(pairOrders)
  const met = all.filter(({ isMet }) => isMet).length
  const byCheck = [...Map.groupBy(all, ({ check }) => check)].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    auc: areaUnderCurve(all),
    accuracy: accuracyOf(all),
    most_common: all.length === 0 ? null : Math.max(met, all.length - met) / all.length,
    pairwise_accuracy: orders.length === 0 ? null : orders.reduce((sum, order) => sum + (order + 1) / 2, 0) / orders.length,
    pairs: orders.length,
    verdicts: all.length,
    unreadable: all.filter(({ yes }) => yes === null).length,
    ...(unseen.length > 0 &&
      partFigures(
        'unseen checks',
        all.filter(({ check }) => unseen.includes(check)),
      )),
    ...Object.assign({}, ...byCheck.map(([check, own]) => partFigures(check, own))),
  }
}

const partFigures = (part: string, own: JudgedResponse): Figures => ({
  [`auc ${part}`]: areaUnderCurve(own),
  [`accuracy ${part}`]: accuracyOf(own),
  [`verdicts ${part}`]: own.length,
})

const unknown = 0.5

/**
 * The probability that a requirement that is met has a higher probability of yes than one that isn't, ties counted as half (Mann-Whitney).
 * Null if all are met, or none.
 */
export function areaUnderCurve(judged: readonly Pick<JudgedRequirement, 'isMet' | 'yes'>[]): number | null {
  const sorted = judged.map(({ isMet, yes }) => ({ isMet, yes: yes ?? unknown })).sort((a, b) => a.yes - b.yes)
  const met = sorted.filter(({ isMet }) => isMet).length
  const unmet = sorted.length - met
  if (met === 0 || unmet === 0) return null
  let [below, wins] = [0, 0]
  for (const tied of Map.groupBy(sorted, ({ yes }) => yes).values()) {
    const unmetHere = tied.filter(({ isMet }) => !isMet).length
    wins += (tied.length - unmetHere) * (below + unmetHere / 2)
    below += unmetHere
  }
  return wins / (met * unmet)
}

function accuracyOf(judged: JudgedResponse): number | null {
  if (judged.length === 0) return null
  const points = judged.map(({ isMet, yes }) => (Math.sign((yes ?? unknown) - 0.5) * (isMet ? 1 : -1) + 1) / 2)
  return mean(points)
}

/** For each pair of responses that meet different numbers of requirements: 1 if the judge orders them so, 0 for a tie, -1 otherwise. */
function pairOrders(responses: readonly JudgedResponse[]): number[] {
  const count = (of: (one: JudgedRequirement) => number) => responses.map((response) => response.reduce((sum, one) => sum + of(one), 0))
  const [truth, reward] = [count(({ isMet }) => (isMet ? 1 : 0)), count(({ yes }) => yes ?? unknown)]
  return responses.flatMap((_, i) =>
    responses
      .slice(0, i)
      .flatMap((_, j) => (truth[i] === truth[j] ? [] : [Math.sign(truth[i] - truth[j]) * Math.sign(reward[i] - reward[j])])),
  )
}
