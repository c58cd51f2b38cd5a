import { describe, expect, it } from 'vitest'
import { areaUnderCurve, type JudgedRequirement, requirementFigures } from '../../main/evaluation/requirement-figures.ts'

const judged = (isMet: boolean, yes: number | null, check = 'word'): JudgedRequirement => ({ check, isMet, yes })

describe('the area under the curve', () => {
  it('is the share of met and unmet requirements in the right order, ties counted as half', () => {
    const met = [0.9, 0.5, 0.2].map((yes) => judged(true, yes))
    const unmet = [0.5, 0.1].map((yes) => judged(false, yes))
    expect(areaUnderCurve([...met, ...unmet])).toBe((2 + 1.5 + 1) / 6)
    expect(areaUnderCurve([...unmet, ...met])).toBe((2 + 1.5 + 1) / 6)
  })

  it('is one half for a judge that always says the same, and undefined if all requirements are met', () => {
    expect(areaUnderCurve([judged(true, 0.7), judged(false, 0.7), judged(false, 0.7)])).toBe(0.5)
    expect(areaUnderCurve([judged(true, 0.7), judged(true, 0.2)])).toBeNull()
  })

  it('takes an unreadable verdict as undecided', () => {
    expect(areaUnderCurve([judged(true, null), judged(false, 0.4), judged(false, 0.6)])).toBe(0.5)
  })
})

describe('the figures of a judge of requirements', () => {
  it('cover all verdicts, each check, and the order of the responses to a prompt', () => {
    const figures = requirementFigures([
      [
        [judged(true, 0.9), judged(true, 0.8, 'comma')], // 2 met, reward 1.7
        [judged(true, 0.4), judged(false, 0.3, 'comma')], // 1 met, 0.7: right against the first
        [judged(false, 0.6), judged(true, 0.9, 'comma')], // 1 met, 1.5: right against the first; as many met as the second
        [judged(false, 0.2), judged(false, 0.5, 'comma')], // 0 met, 0.7: right against the first and the third; a tie with the second
      ],
      [[judged(true, 0.1)], [judged(false, 0.2)]], // wrong
    ])
    expect(figures).toEqual({
      auc: (5 + 5 + 3 + 5 + 0) / 25, // met: .9 .8 .4 .9 .1 against unmet: .3 .6 .2 .5 .2
      accuracy: 6.5 / 10, // right: .9 .8 .9 of the met, .3 .2 .2 of the unmet; .5 is half right
      most_common: 0.5,
      pairwise_accuracy: 4.5 / 6,
      pairs: 6,
      verdicts: 10,
      unreadable: 0,
      'auc comma': 1,
      'accuracy comma': 3.5 / 4,
      'verdicts comma': 4,
      'auc word': (3 + 2 + 0) / 9,
      'accuracy word': 3 / 6,
      'verdicts word': 6,
    })
  })

  it('cover checks that weren’t taught together, too', () => {
    const prompts = [[[judged(true, 0.9), judged(true, 0.6, 'comma'), judged(false, 0.3, 'title')]]]
    expect(requirementFigures(prompts, ['comma', 'title'])).toMatchObject({
      ...{ 'auc unseen checks': 1, 'accuracy unseen checks': 1, 'verdicts unseen checks': 2, 'auc comma': null },
    })
  })

  it('are empty without verdicts', () => {
    expect(requirementFigures([])).toEqual({
      ...{ auc: null, accuracy: null, most_common: null, pairwise_accuracy: null, pairs: 0, verdicts: 0, unreadable: 0 },
    })
  })
})
