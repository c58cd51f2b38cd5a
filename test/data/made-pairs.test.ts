import { describe, expect, it } from 'vitest'
import { balanceLengths } from '../../main/data/answer-pairs.ts'
import { madePairs } from '../../main/data/made-pairs.ts'
import { type AnswerFlaw, answerFlaw } from '../../main/shared/answer-flaws.ts'

const settings = { seed: 1, random: 'philox' } as const
const five = 'One is here. Two is there! Is three "here?" Four\n\n- Five goes away.'
const made = (flaw: AnswerFlaw, response: string, seed = 1) =>
  madePairs([{ prompt: 'Count.', response }], [flaw], { ...settings, seed }).map(({ worse }) => worse)

describe('a made pair', () => {
  it('has the answer and a truncated copy with 30 to 80 % of its words', () => {
    const response = Array.from({ length: 20 }, (_, i) => `word${i}`).join(' ')
    const counts = Array.from({ length: 50 }, (_, seed) => {
      const [worse] = made('truncated', response, seed)
      expect(response.startsWith(`${worse} `)).toBe(true)
      return worse.split(' ').length
    })
    expect(Math.min(...counts)).toBe(6)
    expect(Math.max(...counts)).toBe(15)
    expect(made('truncated', 'Only three words')).toEqual([])
  })

  it('has the answer and a copy in which a sentence is repeated', () => {
    const sentences = ['One is here.', 'Two is there!', 'Is three "here?"', 'Four', '- Five goes away.']
    const repeated = new Set(
      Array.from({ length: 60 }, (_, seed) => {
        const [worse] = made('repeated', five, seed)
        const which = sentences.filter((sentence) => worse.includes(`${sentence} ${sentence}`))
        expect(which).toHaveLength(1)
        expect(worse.replaceAll(` ${which[0]}`, '').length).toBeLessThan(five.length + 1)
        expect(worse.length).toBeLessThan(3.5 * five.length)
        return which[0]
      }),
    )
    expect(repeated).toEqual(new Set(sentences))
    expect(made('repeated', 'Yes.')[0]).toMatch(/^Yes\.( Yes\.)+$/)
  })

  it('has the answer and a copy with its sentences in another order, and the white space where it was', () => {
    for (let seed = 0; seed < 20; seed++) {
      const [worse] = made('shuffled', five, seed)
      expect(worse).not.toBe(five)
      const pieces = ['One is here.', 'Two is there!', 'Is three "here?"', 'Four', '- Five goes away.']
      expect(pieces.every((piece) => worse.includes(piece))).toBe(true)
      expect(worse).toHaveLength(five.length)
      expect(worse.split('\n\n')).toHaveLength(2)
    }
    expect(made('shuffled', 'One is here. Two is there.')).toEqual([])
    expect(made('shuffled', 'Same. Same. Same.')).toEqual([])
  })

  it('has the answer to another prompt, never its own', () => {
    const examples = ['a', 'b', 'c', 'd'].map((name) => ({ prompt: `Say ${name}.`, response: name }))
    const others = new Map(examples.map(({ prompt }) => [prompt, new Set<string>()]))
    for (let seed = 0; seed < 60; seed++) {
      for (const { prompt, better, worse, flaw } of madePairs(examples, ['other-prompt'], { ...settings, seed })) {
        expect(flaw).toBe('other-prompt')
        expect(prompt).toBe(`Say ${better}.`)
        others.get(prompt)!.add(worse)
      }
    }
    expect([...others.values()].map((worse) => [...worse].sort().join(''))).toEqual(['bcd', 'acd', 'abd', 'abc'])
    expect(made('other-prompt', 'alone')).toEqual([])
  })

  it('is the same for the same seed, whatever other flaws are wanted', () => {
    const examples = [
      { prompt: 'Count.', response: five },
      { prompt: 'Say hello.', response: 'Hello. How are you? I am well.' },
    ]
    const all = madePairs(examples, answerFlaw.options, settings)
    expect(all).toHaveLength(8)
    expect(madePairs(examples, ['shuffled'], settings)).toEqual(all.filter(({ flaw }) => flaw === 'shuffled'))
  })
})

describe('pairs balanced by length', () => {
  const pair = (better: number, worse: number) => ({ prompt: '', better: 'x'.repeat(better), worse: 'y'.repeat(worse) })
  const shown = (pairs: readonly { better: string; worse: string }[]): string[] =>
    pairs.map((one) => `${one.better.length}:${one.worse.length}`)
  const balanced = (pairs: ReturnType<typeof pair>[], limit = 100, seed = 1) => shown(balanceLengths(pairs, { ...settings, limit, seed }))

  it('have the longer answer better as often as worse, for each ratio of lengths', () => {
    const pairs = [pair(210, 100), pair(220, 100), pair(100, 230), pair(140, 100), pair(100, 1000), pair(100, 100)]
    const kept = balanced(pairs)
    expect([
      ['210:100', '100:230', '100:100'],
      ['220:100', '100:230', '100:100'],
    ]).toContainEqual(kept)
    expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => balanced(pairs, 100, seed)[0]))).toEqual(new Set(['210:100', '220:100']))
  })

  it('are at most the limit, which never leaves half of a couple', () => {
    const pairs = Array.from({ length: 10 }, () => [pair(200, 100), pair(100, 200)]).flat()
    expect(balanced(pairs)).toHaveLength(20)
    const kept = balanced(pairs, 7)
    expect(kept).toHaveLength(6)
    expect(kept.filter((one) => one === '200:100')).toHaveLength(3)
    expect(balanced([...pairs, pair(5, 5)], 21)).toHaveLength(21)
  })

  it('count characters, not UTF-16 units', () => {
    const pairs = [{ prompt: '', better: '😀😀', worse: 'ab' }]
    expect(balanceLengths(pairs, { ...settings, limit: 1 })).toEqual(pairs)
  })
})
