import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rougeIndex, rougeL, rougeTokens } from '../../main/evaluation/rouge-l.ts'
import { fixtureFile } from '../support/shared.ts'

/** ROUGE-L by the textbook's table, as a reference for the fast version. */
function slowRougeL(a: string, b: string): number {
  const [x, y] = [rougeTokens(a), rougeTokens(b)]
  const table = x.map(() => y.map(() => 0))
  const at = (i: number, j: number) => (i < 0 || j < 0 ? 0 : table[i][j])
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < y.length; j++) {
      table[i][j] = x[i] === y[j] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1))
    }
  }
  return x.length + y.length === 0 ? 0 : (2 * at(x.length - 1, y.length - 1)) / (x.length + y.length)
}

const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'the', 'of', '7'), { maxLength: 110 }).map((words) => words.join(' '))

describe('ROUGE-L', () => {
  it('equals rouge-score on every pair of the reference', () => {
    const { pairs } = JSON.parse(readFileSync(fixtureFile('rouge-l.json'), 'utf8')) as { pairs: [string, string, number][] }
    expect(pairs.length).toBeGreaterThan(0)
    for (const [a, b, f] of pairs) expect(Math.abs(rougeL(a, b) - f), `${a} | ${b}`).toBeLessThan(1e-12)
  })

  it('gives known values', () => {
    expect(rougeL('the cat sat', 'The cat, it sat!')).toBeCloseTo(6 / 7, 15)
    expect(rougeL('a b c', 'c b a')).toBeCloseTo(1 / 3, 15)
    expect(rougeL('same words', 'same words')).toBe(1)
    expect(rougeL('one', 'two')).toBe(0)
  })

  it('treats everything but ASCII letters and digits as a separator', () => {
    expect(rougeTokens("Don't use naïve_names: x2, OK?")).toEqual(['don', 't', 'use', 'na', 've', 'names', 'x2', 'ok'])
    expect(rougeL('你好', '你好')).toBe(0)
    expect(rougeL('', '')).toBe(0)
  })

  it('equals the textbook table for texts longer than a machine word', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(rougeL(a, b)).toBe(slowRougeL(a, b))
      }),
      { seed: 1, numRuns: 300 },
    )
  })
})

describe('the index of texts', () => {
  it('finds the same most similar text as a brute-force search', () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 12 }), texts, fc.constantFrom(0, 0.3, 0.7), (known, text, above) => {
        const index = rougeIndex()
        for (const other of known) index.add(other)
        const scores = known.map((other) => slowRougeL(other, text))
        const best = Math.max(above, ...scores)
        const expected = best > above ? { index: scores.indexOf(best), score: best } : null
        expect(index.nearest(text, above)).toEqual(expected)
      }),
      { seed: 1, numRuns: 200 },
    )
  })

  it('includes texts as soon as they are added', () => {
    const index = rougeIndex()
    expect(index.nearest('name a river')).toBeNull()
    index.add('name a river')
    expect(index.size).toBe(1)
    expect(index.nearest('Name a lake')).toEqual({ index: 0, score: 2 / 3 })
    expect(index.nearest('Name a lake', 0.7)).toBeNull()
  })
})
