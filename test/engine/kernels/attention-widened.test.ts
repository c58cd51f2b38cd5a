import { nativeLibrary, needing } from '../../support/needs.ts'
import { attentionCases } from './attention-cases.ts'

process.env.LAUREL_KERNELS = 'x86_v4' // read when the binding is loaded

/** Processors without bfloat16 matrix instructions widen bfloat16 products. */
needing(nativeLibrary).describe('attention in bfloat16 without AMX', () => attentionCases('bfloat16'))
