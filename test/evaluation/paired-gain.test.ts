import { describe, expect, it } from 'vitest'
import { pairedGain, sharesByPrompt } from '../../main/evaluation/paired-gain.ts'

const bits = (text: string): number[] => [...text].map(Number)

describe('the gain of one model over another', () => {
  it('is compared prompt by prompt: the interval is that of the paired differences', () => {
    const { gain, low, high } = pairedGain(bits('0011010010'), bits('1111010110'))! // three of ten differ, all for the better
    expect(gain).toBeCloseTo(0.3, 12)
    const half = 1.96 * Math.sqrt((3 * 0.7 ** 2 + 7 * 0.3 ** 2) / 9 / 10)
    expect([low, high].map((bound) => bound - gain)).toEqual([expect.closeTo(-half, 12), expect.closeTo(half, 12)])
  })

  it('takes several answers to a prompt as one observation', () => {
    const answer = (prompt: string, isFollowed: boolean) => ({ prompt, isFollowed })
    expect(sharesByPrompt([answer('a', true), answer('b', false), answer('a', false), answer('b', false)])).toEqual([0.5, 0])
    const twice = (text: string) => sharesByPrompt([...text, ...text].map((bit, i) => answer(String(i % text.length), bit === '1')))
    expect(pairedGain(twice('0011010010'), twice('1111010110'))).toEqual(pairedGain(bits('0011010010'), bits('1111010110')))
  })

  it('is missing for fewer than two prompts, and for others than the same', () => {
    expect(pairedGain([0], [1])).toBeNull()
    expect(pairedGain([0, 1], [1])).toBeNull()
  })
})
