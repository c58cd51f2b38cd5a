import { assertNever } from '../../common/errors.ts'
import type { Figures } from '../../store/evaluations.ts'
import type { SuiteSettings } from '../suite-settings.ts'
import { measureAccuracy } from './accuracy.ts'
import type { SuiteContext } from './context.ts'
import { compareByHand } from './head-to-head.ts'
import { measureJudgeByHand } from './judge.ts'
import { measureLikelihood } from './likelihood.ts'

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
