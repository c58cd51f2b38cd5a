import { assertNever } from '../../../shared/errors.ts'
import type { SuiteSettings } from '../../../shared/evaluation-settings.ts'
import type { Figures } from '../../../store/tables/evaluations-table.ts'
import { measureAccuracy } from './accuracy.ts'
import { compareByHand } from './head-to-head-by-hand.ts'
import { measureJudgeByHand } from './judge-agreement.ts'
import { measureLikelihood } from './likelihood.ts'
import type { SuiteContext } from './suite-context.ts'

/** Runs the missing work of a custom evaluation, and returns its figures. Throws STOPPED on the signal; finished work is kept. */
export async function performSuite(context: SuiteContext, settings: SuiteSettings): Promise<Figures> {
  switch (settings.kind) {
    case 'head-to-head':
      return compareByHand(context, settings)
    case 'judge':
      return measureJudgeByHand(context, settings)
    case 'accuracy':
      return measureAccuracy(context, settings)
    case 'likelihood':
      return measureLikelihood(context, settings)
    default:
      return assertNever(settings)
  }
}
