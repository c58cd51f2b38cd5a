import { describe, expect, test } from 'vitest'
import { standardResults } from '../../bench/harness/machine-files.ts'
import type { Results } from '../../bench/harness/results.ts'
import { type MemorySize, memoryWorks } from '../../bench/memory-estimate/cases.ts'
import { modelSizes, shapeOf } from '../../bench/memory-estimate/sized-models.ts'
import { precision } from '../../main/shared/train-config.ts'

const results = standardResults('memory-estimate')[0] as Results & {
  readonly sizes: Record<MemorySize, number>
}

/** Recorded peaks against the current estimate. A change to the engine's memory use requires updating both. */
describe.each(modelSizes)('the memory of the %s model', (model) => {
  test.each(precision.options.flatMap((bits) => memoryWorks.map((work) => [work.name, bits, work] as const)))(
    'is estimated within 20 %% of the measurement: %s, %s',
    (name, bits, work) => {
      const measured = results.cases.find((each) => each.name === `${model}, ${name}, ${bits}`)!.sides[0].medians.peakGb
      const share = work.estimate(shapeOf(model), bits, results.sizes) / 1e9 / measured
      expect(share).toBeGreaterThan(0.8)
      expect(share).toBeLessThan(1.2)
    },
  )
})
