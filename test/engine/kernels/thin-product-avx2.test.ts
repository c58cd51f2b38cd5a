import { beforeAll, describe } from 'vitest'
import { useNativeBackend } from '../../support/native.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'
import { precisions } from './comparison.ts'
import { thinProductCases } from './thin-product-cases.ts'

process.env.LAUREL_KERNELS = 'x86_v3' // read when the binding is loaded

needing(nativeLibrary).describe('instructions up to AVX2', () => {
  beforeAll(useNativeBackend)
  describe.each(precisions)('in %s', thinProductCases)
})
