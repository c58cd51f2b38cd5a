import { describe, expect, it } from 'vitest'
import { parseVerdict, type Verdict } from '../../main/evaluation/parse-verdict.ts'

type Cases = [text: string, verdict: Verdict | null][]

describe('a verdict in brackets', () => {
  const cases: Cases = [
    ['[[A]]', 'A'],
    ['Because it is right.\n[[B]]', 'B'],
    ['[[C]]', 'tie'],
    ['[[tie]]', 'tie'],
    ['[[A>>B]]', 'A'],
    ['[[A<B]]', 'B'],
    ['[[B>A]]', 'B'],
    ['[[A=B]]', 'tie'],
    ['At first [[A]], but then\n[[B]]', 'B'],
    ['I end with [[A]], [[B]] or [[C]].\nAnswer A is wrong.\n[[B]]', 'B'],
    ['I end with [[A]] if A, [[B]] if B, [[C]] if neither.', null],
    ['[[A]]\n\nUser: the next request\n[[B]]', 'A'],
  ]
  it.each(cases)('%j is read as %j', (text, verdict) => expect(parseVerdict(text)).toBe(verdict))
})

describe('a verdict in plain words', () => {
  const cases: Cases = [
    ['Verdict: A', 'A'],
    ['**Verdict:** B', 'B'],
    ['Final verdict: "A"', 'A'],
    ['Winner: Answer B', 'B'],
    ['Verdict: tie', 'tie'],
    ['The better answer is B', 'B'],
    ['Answer B is better because it is complete', 'B'],
    ['Response A is better than Response B.', 'A'],
    ['Assistant B is clearly the better one.', 'B'],
    ['I prefer response A.', 'A'],
    ['Both answers are equally good.', 'tie'],
    ['Neither answer is better.', 'tie'],
    ['A', 'A'],
    ['B.', 'B'],
    ['Because it is shorter.\n\nB', 'B'],
    ['(A)', 'A'],
    ['Tie', 'tie'],
  ]
  it.each(cases)('%j is read as %j', (text, verdict) => expect(parseVerdict(text)).toBe(verdict))
})

describe('what is no verdict', () => {
  it.each(['', 'A good answer.', 'Verdict: a good answer', 'Verdict: A or B', 'Answer A is about bees.', 'Response B is not better'])(
    '%j is a failure',
    (text) => expect(parseVerdict(text)).toBeNull(),
  )

  it.each(['[[', '[[A', 'verdict: ', 'answer A is ', 'both ', ' ', 'the ', '[[A]] [[B]]\n'])('%j a hundred thousand times is one', (unit) =>
    expect(parseVerdict(unit.repeat(100_000))).toBeNull(),
  )
})
