import { describe, expect, it } from 'vitest'
import { compareLogprobs, type ProbedText } from '../../main/app/models/compare-logprobs.ts'

const probed = (logprob: number): ProbedText[] => [{ ids: [1, 2, 3], logprobs: [logprob, logprob] }]
const compared = (difference: number, precision: 'F32' | 'F16' | 'BF16', products: 'float32' | 'bfloat16') =>
  compareLogprobs({ before: probed(-1), after: probed(-1 - difference), precision, products, copy: '/copy' })

describe('a copy’s log-probabilities', () => {
  it('differ by what its precision explains', () => {
    expect(compared(0.01, 'F16', 'float32')).toMatchObject({ tokens: 2, tolerance: 0.02 })
    expect(() => compared(0.05, 'F16', 'float32')).toThrow(/differ by 0\.050 on average \(at most 0\.02 is expected\)/)
    expect(() => compared(0.01, 'F32', 'bfloat16')).toThrow(/isn't the same model/)
  })

  it('of float16 may differ by more where products in bfloat16 round it once more', () => {
    expect(compared(0.05, 'F16', 'bfloat16').meanDifference).toBeCloseTo(0.05)
    expect(() => compared(1, 'F16', 'bfloat16')).toThrow(/isn't the same model/)
  })
})
