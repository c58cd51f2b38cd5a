import type { ShownModel } from '../../main/shared/contract/runs-contract.ts'
import { count } from './format.ts'

/** A win rate with its counts and its interval. */
export interface Comparison {
  readonly id: string
  readonly model: string
  readonly against: string
  readonly judge: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly n: number
  readonly wins: number
  readonly ties: number
  readonly losses: number
  readonly unreadable: number
}

/** Who decided, and how often nothing could be read: the win rate is that of the other verdicts. */
export const judgedText = ({ judge, unreadable }: { readonly judge: string; readonly unreadable: number }): string =>
  `by ${judge}, ${count(unreadable)} unreadable`

/** A run's comparisons that have a win rate: against the previous model first, then against M1. */
export function comparisonsOf(models: readonly ShownModel[]): Comparison[] {
  const all = models.flatMap(({ name, win_rates }) =>
    win_rates.flatMap(({ against, judge, win_rate, low, high, n, wins, ties, losses, unreadable }) =>
      win_rate === null
        ? []
        : [
            {
              id: `${name} v ${against}`,
              model: name,
              against,
              judge,
              value: win_rate,
              low: low ?? 0,
              high: high ?? 1,
              n,
              wins,
              ties,
              losses,
              unreadable,
            },
          ],
    ),
  )
  const isStep = ({ model, against }: Comparison): boolean => Number(model.slice(1)) - Number(against.slice(1)) === 1
  return [...all.filter(isStep), ...all.filter((comparison) => !isStep(comparison))]
}
