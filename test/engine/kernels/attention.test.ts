import { nativeLibrary, needing } from '../../support/needs.ts'
import { attentionCases } from './attention-cases.ts'
import { precisions } from './comparison.ts'

/** The kernels for this processor's best instruction set. */
needing(nativeLibrary).describe.each(precisions)('attention in %s', attentionCases)
