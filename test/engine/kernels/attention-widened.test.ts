import { describe } from 'vitest'
import { hasNative } from '../../support/native.ts'
import { attentionCases } from './attention-cases.ts'

process.env.LAUREL_KERNELS = 'x86_v4' // read when the binding is loaded

/** Where a processor has no instructions for products of bfloat16 matrices, they are widened. */
describe.skipIf(!hasNative)('attention in bfloat16 without AMX', () => attentionCases('bfloat16'))
