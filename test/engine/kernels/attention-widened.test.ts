import { nativeLibrary, needing } from '../../support/needs.ts'
import { attentionCases } from './attention-cases.ts'

process.env.LAUREL_KERNELS = 'x86_v4' // read when the binding is loaded

/** Where a processor has no instructions for products of bfloat16 matrices, they are widened. */
needing(nativeLibrary).describe('attention in bfloat16 without AMX', () => attentionCases('bfloat16'))
