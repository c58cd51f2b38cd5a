import { describe, expect, it } from 'vitest'
import { balanceVerdicts, type Verdict } from '../../main/data/balanced-verdicts.ts'

/** `letters`: `+` for a verdict that is met, `-` for one that isn't. */
const verdicts = (check: string, letters: string, isSwapped = false): Verdict[] =>
  [...letters].map((letter) => ({ check, isMet: letter === '+', isSwapped }))

const settings = { limit: 100, seed: 1, random: 'philox' } as const
const counts = (kept: readonly Verdict[]): Record<string, number> => {
  const found: Record<string, number> = {}
  for (const { check, isMet, isSwapped } of kept) {
    const key = `${check}${isSwapped ? ' swapped' : ''} ${isMet ? '+' : '-'}`
    found[key] = (found[key] ?? 0) + 1
  }
  return found
}

describe('balanced verdicts', () => {
  it('are as many met as unmet for each check, and none of a check that is always met', () => {
    const all = [...verdicts('word', '+++++--'), ...verdicts('comma', '-+---'), ...verdicts('title', '++++')]
    expect(counts(balanceVerdicts(all, settings))).toEqual({ 'word +': 2, 'word -': 2, 'comma +': 1, 'comma -': 1 })
  })

  it('are balanced apart for swapped requirements, whose presence in the prompt would otherwise give the verdict away', () => {
    const all = [
      ...verdicts('word', '+++++-'),
      ...verdicts('word', '-----+', true),
      ...verdicts('comma', '++', false),
      ...verdicts('comma', '--', true),
    ]
    expect(counts(balanceVerdicts(all, settings))).toEqual({ 'word +': 1, 'word -': 1, 'word swapped +': 1, 'word swapped -': 1 })
  })

  it('are at most the limit, as even over the checks as the rare ones allow', () => {
    const all = [...verdicts('word', '+++++-----'), ...verdicts('comma', '+----'), ...verdicts('title', '+++---')]
    expect(counts(balanceVerdicts(all, { ...settings, limit: 11 }))).toEqual({
      ...{ 'word +': 2, 'word -': 2, 'comma +': 1, 'comma -': 1, 'title +': 2, 'title -': 2 },
    })
    expect(balanceVerdicts(all, { ...settings, limit: 1 })).toEqual([])
  })

  it('are drawn by the seed and keep their order', () => {
    const all = verdicts('word', '+'.repeat(40) + '-'.repeat(3)).map((verdict, place) => ({ ...verdict, place }))
    const places = (seed: number): number[] => balanceVerdicts(all, { ...settings, seed }).map(({ place }) => place)
    expect(places(1)).toEqual(places(1))
    expect(places(1)).not.toEqual(places(2))
    for (const seed of [1, 2]) {
      expect(places(seed)).toEqual(places(seed).toSorted((a, b) => a - b))
      expect(places(seed).slice(3)).toEqual([40, 41, 42]) // the rare ones are all kept
    }
  })
})
