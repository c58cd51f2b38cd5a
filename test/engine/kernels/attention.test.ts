import { nativeLibrary, needing } from '../../support/needs.ts'
import { attentionCases } from './attention-cases.ts'
import { precisions } from './comparison.ts'

/** The kernels of the best instruction set that this processor has. */
needing(nativeLibrary).describe.each(precisions)('attention in %s', attentionCases)
