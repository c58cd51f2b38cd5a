import { badInput } from '../shared/errors.ts'
import { cohenKappa, type Interval, wilsonInterval } from './agreement.ts'

export type Label = string | number | boolean

/** How often a judge gives users' labels, next to what needs no judge. Shares, null without labels. */
export interface LabelAgreement {
  readonly n: number
  readonly accuracy: number | null
  /** 95% (Wilson). */
  readonly interval: Interval
  readonly kappa: number | null
  /** Accuracy of the label that users give most often, for everything: its kappa is 0. */
  readonly constantAccuracy: number | null
  /** "The longer answer is better", where lengths are known. */
  readonly lengthAccuracy: number | null
  readonly lengthKappa: number | null
}

/**
 * Compares a judge's labels with users' for the same items: the share that is equal, and Cohen's kappa, which is 0 for chance and for a judge that
 * always says the same. `longer`: the labels that length alone would give; null: lengths aren't known. Throws BAD_INPUT if the labels are
 * of different types, or if the lists have different lengths.
 */
export function labelAgreement(judge: readonly Label[], users: readonly Label[], longer: readonly Label[] | null): LabelAgreement {
  checkComparable(judge, users)
  const n = users.length
  const shareEqual = (labels: readonly Label[]): number | null => (n === 0 ? null : countEqual(labels, users) / n)
  const most = Math.max(0, ...[...Map.groupBy(users, (label) => label).values()].map(({ length }) => length))
  return {
    n,
    accuracy: shareEqual(judge),
    interval: wilsonInterval(countEqual(judge, users), n),
    kappa: n === 0 ? null : cohenKappa(users, judge),
    constantAccuracy: n === 0 ? null : most / n,
    lengthAccuracy: longer === null ? null : shareEqual(longer),
    lengthKappa: longer === null || n === 0 ? null : cohenKappa(users, longer),
  }
}

const countEqual = (a: readonly Label[], b: readonly Label[]): number => a.filter((label, i) => label === b[i]).length

/** Throws BAD_INPUT unless two lists of labels can be compared: as many on both sides, all of one type. 1 and "1" would never agree. */
export function checkComparable(a: readonly Label[], b: readonly Label[]): void {
  if (a.length !== b.length)
    throw badInput(`There are ${a.length} labels on one side and ${b.length} on the other.`, 'Give both raters the same items.')
  const types = new Set([...a, ...b].map((label) => typeof label))
  if (types.size > 1) {
    const names = [...types].map((type) => (type === 'string' ? 'texts' : `${type}s`)).sort()
    throw badInput(`Labels of different types can't be compared: there are ${names.join(' and ')}.`, 'Write the same labels on both sides.')
  }
}
