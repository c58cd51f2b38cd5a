import { describe, expect, it } from 'vitest'
import { checkFigures, distinctPairs } from '../../main/evaluation/check-figures.ts'
import { fallNoise } from '../../main/shared/failure-signs.ts'
import { outsideFiguresOf } from '../../main/shared/outside-measures.ts'
import type { Requirement } from '../../main/shared/requirement.ts'

const of = (id: string, args: Record<string, unknown> = {}): Requirement => ({ text: id, weight: 1, check: { id, args } })
const lake = of('keywords:existence', { keywords: ['lake'] })
const noCommas = of('punctuation:no_comma')
const kind: Requirement = { text: 'It is kind.', weight: 1, check: null }

describe('the figures of checked responses', () => {
  const figures = checkFigures([
    { prompt: 'a', requirements: [lake, noCommas], text: 'A lake is a lake.', isCut: false },
    { prompt: 'b', requirements: [lake, noCommas], text: 'A lake, a hill', isCut: true },
    { prompt: 'c', requirements: [noCommas, kind], text: 'Hello there', isCut: false },
    { prompt: 'd', requirements: [lake], text: '', isCut: false },
  ])

  it('are the shares of prompts and of requirements met, with Wilson intervals', () => {
    expect(figures).toMatchObject({ prompts_met: 0.5, prompts: 4, requirements_met: 4 / 6, requirements: 6 }) // only a judge can tell the seventh
    expect(figures.prompts_low).toBeCloseTo(0.15004, 4)
    expect(figures.prompts_high).toBeCloseTo(0.84996, 4)
    expect(figures.requirements_low).toBeCloseTo(0.29999, 4)
    expect(figures.requirements_high).toBeCloseTo(0.90323, 4)
  })

  it('are the share of each check, the length, and how alike the answers are', () => {
    expect(figures).toMatchObject({
      ...{ 'met keywords:existence': 2 / 3, 'of keywords:existence': 3, 'met punctuation:no_comma': 2 / 3, 'of punctuation:no_comma': 3 },
      ...{ words: (5 + 4 + 2 + 0) / 4, unfinished: 0.25 },
    })
    // a lake (3 times), lake is, is a, lake a, a hill, hello there: 6 of 8 are different
    expect(figures.distinct_2).toBe(6 / 8)
    expect(distinctPairs([['one'], []])).toBe(null)
  })

  it('have the share of prompts first, which is the one that guards watch', () => {
    expect(Object.keys(figures)[0]).toBe('prompts_met')
  })

  it('count several responses to a prompt as one, for the interval', () => {
    const twice = checkFigures([
      { prompt: 'a', requirements: [lake], text: 'A lake.', isCut: false },
      { prompt: 'b', requirements: [lake], text: 'No.', isCut: false },
      { prompt: 'a', requirements: [lake], text: 'A lake!', isCut: false },
      { prompt: 'b', requirements: [lake], text: 'The lake', isCut: false },
    ])
    expect(twice).toMatchObject({ prompts_met: 0.75, prompts: 2, requirements: 2, 'of keywords:existence': 2 })
    expect(twice.prompts_low).toBeCloseTo(0.2, 1)
  })

  it('are nothing without responses', () => {
    expect(checkFigures([])).toEqual({})
    expect(outsideFiguresOf({})).toBe(null)
  })

  it('can be read again', () => {
    expect(outsideFiguresOf(figures)).toMatchObject({
      prompts: { met: 0.5, of: 4 },
      words: 2.75,
      families: [
        { id: 'keywords:existence', met: 2 / 3, of: 3 },
        { id: 'punctuation:no_comma', met: 2 / 3, of: 3 },
      ],
    })
  })
})

it('a fall of a share is noise up to one standard error of the difference', () => {
  const share = (met: number, prompts: number) => ({ prompts_met: met, prompts })
  expect(fallNoise(share(0.5, 100), share(0.5, 100))).toBeCloseTo(Math.sqrt(0.005), 12)
  expect(fallNoise({ all_five: 0.5 }, { all_five: 0.4 })).toBe(0) // its number of answers isn't known
})
