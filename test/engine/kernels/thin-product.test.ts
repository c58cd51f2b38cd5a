import { beforeAll, describe, expect, test } from 'vitest'
import { thinRows } from '../../../main/engine/backends/native-kernels.ts'
import { plainTimesTransposed, timesTransposed } from '../../../main/engine/kernels/thin-product.ts'
import { useNativeBackend } from '../../support/native.ts'
import { nativeLibrary, needing } from '../../support/needs.ts'
import { expectNoLeak, expectSame, normalOperand, precisions } from './comparison.ts'
import { thinProductCases } from './thin-product-cases.ts'

needing(nativeLibrary).describe("the processor's best instructions", () => {
  beforeAll(useNativeBackend)

  describe.each(precisions)('in %s', (precision) => {
    thinProductCases(precision)

    test("many rows are the library's product", () => {
      expectNoLeak(() => {
        const N = thinRows(precision) + 1
        expect(N).toBeGreaterThan(1)
        const [x, weight] = [normalOperand([N, 40], 1, precision), normalOperand([30, 40], 2, precision)]
        expectSame(timesTransposed(x, weight), plainTimesTransposed(x, weight))
      })
    })

    test('no rows', () => {
      expectNoLeak(() => {
        const y = timesTransposed(normalOperand([0, 40], 1, precision), normalOperand([30, 40], 2, precision))
        expect(y.tensor.shape).toEqual([0, 30])
      })
    })
  })
})
