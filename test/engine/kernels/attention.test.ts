import { describe } from 'vitest'
import { hasNative } from '../../support/native.ts'
import { attentionCases } from './attention-cases.ts'
import { precisions } from './comparison.ts'

/** The kernels of the best instruction set that this processor has. */
describe.skipIf(!hasNative).each(precisions)('attention in %s', attentionCases)
