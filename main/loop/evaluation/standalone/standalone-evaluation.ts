import { assertNever } from '../../../shared/errors.ts'
import type { Figures } from '../../../shared/evaluation-rows.ts'
import type { SuiteSettings } from '../../../shared/evaluation-settings.ts'
import { measureAccuracy } from './accuracy.ts'
import { measureJudgeStandalone } from './judge-agreement.ts'
import { measureLikelihood } from './likelihood.ts'
import { compareStandalone } from './standalone-head-to-head.ts'
import type { StandaloneContext } from './suite-units.ts'

/** Runs the missing work of a standalone evaluation, and returns its figures. Throws STOPPED on the signal; finished work is kept. */
export async function measureStandalone(context: StandaloneContext, settings: SuiteSettings): Promise<Figures> {
  switch (settings.kind) {
    case 'head-to-head':
      return compareStandalone(context, settings)
    case 'judge':
      return measureJudgeStandalone(context, settings)
    case 'accuracy':
      return measureAccuracy(context, settings)
    case 'likelihood':
      return measureLikelihood(context, settings)
    default:
      return assertNever(settings)
  }
}
