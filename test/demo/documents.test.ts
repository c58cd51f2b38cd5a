import { describe, expect, it } from 'vitest'
import { bosToken, eosToken, newlineToken, tokensOf, vocabularyTexts } from '../../main/demo/character-tokens.ts'
import { type Document, lossWeights, pretrainingDocument } from '../../main/demo/documents.ts'
import { parsePrompt, useOf } from '../../main/demo/grammar.ts'
import { trueReview } from '../../main/demo/review-text.ts'

const texts = vocabularyTexts()
const textOf = (document: Document): string =>
  document.tokens
    .slice(1, -1)
    .map((id) => texts[id])
    .join('')
const stream = (count: number, progress: number): Document[] => Array.from({ length: count }, (_, i) => pretrainingDocument(3, i, progress))

describe('review texts', () => {
  const task = { family: 'Pet', first: 'n', last: 'd', has: 'ii', no: 't', length: 5 } as const

  it('repeat each requirement before its tick and end with the score', () => {
    expect(trueReview(task, 'nuked').text).toBe('n+ d+ ii- t+ 5+ Score: 4')
  })

  it('label each character with its role', () => {
    const review = trueReview(task, 'nuked')
    const ofKind = (part: string): string => [...review.text].filter((_, i) => review.parts[i] === part).join('')
    expect(ofKind('tick')).toBe('++-++')
    expect(ofKind('echo')).toBe('ndiit5')
    expect(ofKind('digit')).toBe('4')
  })
})

describe('pre-training documents', () => {
  it('are tokens with one weight each, between BOS and EOS', () => {
    for (const document of stream(200, 0.5)) {
      expect(document.weights.length).toBe(document.tokens.length)
      expect(document.tokens[0]).toBe(bosToken)
      expect(document.weights[0]).toBe(0)
      expect(document.tokens.at(-1)).toBe(eosToken)
      expect(document.tokens.length).toBeLessThan(120)
    }
  })

  it('never contain a prompt that is reserved for tuning or tests', () => {
    for (const document of stream(2000, 0.9)) {
      const prompt = textOf(document).split('\n')[0]
      expect(parsePrompt(prompt)).not.toBeNull()
      expect(useOf(prompt)).toBe('training')
    }
  })

  it('are reviews in four of five cases, correct ones until the last quarter', () => {
    const reviews = (progress: number) =>
      stream(1500, progress)
        .map(textOf)
        .filter((text) => text.includes('Review'))
        .map((text) => {
          const [prompt, answer, , review] = text.split('\n').map((line) => line.replace(/^>/, ''))
          return review === trueReview(parsePrompt(prompt)!, answer).text
        })
    const middle = reviews(0.5)
    expect(middle.length / 1500).toBeCloseTo(0.8, 1)
    expect(middle.every(Boolean)).toBe(true)
    const late = reviews(0.9)
    const right = late.filter(Boolean).length / late.length
    expect(right).toBeGreaterThan(0.68) // 0.94^5 = 0.73
    expect(right).toBeLessThan(0.79)
  })

  it('give ticks the highest weight, and mistakes in other answers none', () => {
    const review = stream(200, 0.5).find((document) => textOf(document).includes('Review') && !document.weights.includes(0.5))!
    const tick = tokensOf('+-')
    review.tokens.forEach((token, i) => {
      if (tick.includes(token)) expect(review.weights[i]).toBe(lossWeights.tick)
    })
    const lineEnds = review.tokens.flatMap((token, i) => (token === newlineToken ? [i] : []))
    expect(review.weights.slice(lineEnds[0] + 2, lineEnds[1]).every((weight) => weight === 0)).toBe(true)
  })
})
