import { describe, expect, test } from 'vitest'
import { generators } from '../../main/common/random.ts'
import { nearDuplicates } from '../../main/evaluation/near-duplicates.ts'
import { rougeL } from '../../main/evaluation/rouge-l.ts'

const { uniform } = generators.philox

/** Texts of 6 to 30 words, a third of them copies of an earlier one with some words changed. */
function someTexts(count: number, vocabulary: number): string[] {
  let draws = 0
  const draw = (below: number): number => Math.floor(uniform(7, draws++) * below)
  const texts: string[] = []
  while (texts.length < count) {
    if (texts.length === 0 || draw(3) > 0) texts.push(Array.from({ length: 6 + draw(25) }, () => `w${draw(vocabulary)}`).join(' '))
    else {
      const words = texts[draw(texts.length)].split(' ')
      for (let changes = draw(6); changes > 0; changes--) words[draw(words.length)] = `w${draw(vocabulary)}`
      texts.push(words.join(' '))
    }
  }
  return texts
}

/** The same by comparing every pair. */
function byEveryPair(texts: readonly string[], threshold: number): number[] {
  const kept: number[] = []
  return texts.flatMap((text, index) => {
    const isNear = kept.some((other) => rougeL(texts[other], text) > threshold)
    if (!isNear) kept.push(index)
    return isNear ? [index] : []
  })
}

describe('near-duplicates', () => {
  test.each([40, 400])(
    'with %i different words, finds nearly all that comparing every pair finds, and nothing below the threshold',
    (vocabulary) => {
      const texts = someTexts(600, vocabulary)
      const found = nearDuplicates(texts)
      for (const { index, of, score } of found) {
        expect(of).toBeLessThan(index)
        expect(score).toBeCloseTo(rougeL(texts[of], texts[index]), 10)
        expect(score).toBeGreaterThan(0.7)
      }
      const every = byEveryPair(texts, 0.7)
      const both = every.filter((index) => found.some((one) => one.index === index))
      expect(every.length).toBeGreaterThan(100)
      expect(both.length / every.length).toBeGreaterThan(0.97)
    },
  )

  test('names the most similar kept text, never another near-duplicate', () => {
    const texts = ['one two three four five six', 'one two three four five seven', 'one two three four five six', 'something else entirely']
    expect(nearDuplicates(texts)).toEqual([
      { index: 1, of: 0, score: 5 / 6 },
      { index: 2, of: 0, score: 1 },
    ])
  })

  test('compares words in any script; texts without words are never near-duplicates', () => {
    expect(nearDuplicates(['Назови столицу большой страны', 'Назови столицу большой реки'], 0.7)).toHaveLength(1)
    expect(nearDuplicates(['法国的首都是哪里呢', '法国的首都在哪里呢'])).toMatchObject([{ index: 1, of: 0 }])
    expect(nearDuplicates(['?!', '?!', '', ''])).toEqual([])
  })

  test('order counts: the same words reversed are another text', () => {
    const words = Array.from({ length: 12 }, (_, i) => `w${i}`)
    expect(nearDuplicates([words.join(' '), words.toReversed().join(' ')])).toEqual([])
  })

  test('of a longer text, the beginning counts', () => {
    const start = Array.from({ length: 512 }, (_, i) => `w${i}`).join(' ')
    expect(nearDuplicates([`${start} a b c`, `${start} d e f`])).toMatchObject([{ score: 1 }])
  })
})
