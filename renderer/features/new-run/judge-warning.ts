import type { RecipeDocument } from '../../../main/shared/contract/new-run-contract.ts'
import type { ShownProbe } from '../../../main/shared/contract/probe-contract.ts'
import { percent } from '../../components/format.ts'
import { valueAt } from './document.ts'

/** Why the recipe's judge shouldn't be used with this model; null: nothing is known against it. */
export function judgeWarning(recipe: RecipeDocument, measured: ShownProbe['measured'] | undefined): string | null {
  const method = valueAt(recipe, 'judge.method')
  const own = measured?.judges.find((one) => one.method === method)
  if (own === undefined || measured?.changed.includes(own.method) || (own.judge?.matched.interval.low ?? 0) > 0.5) return null
  if (own.problem !== null) return `This model can’t judge this way: ${own.problem}`
  if (own.judge === null || own.judge.isControl || own.judge.matched.accuracy === null) return null
  const { accuracy, interval } = own.judge.matched
  return `Measured with this model: right on ${percent(accuracy)} of pairs of similar length (${percent(interval.low)} to ${percent(interval.high)}), which isn’t better than chance.`
}
