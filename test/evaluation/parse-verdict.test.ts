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
  it.each(cases)('%j gives %j', (text, verdict) => expect(parseVerdict(text)).toBe(verdict))
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
  it.each(cases)('%j gives %j', (text, verdict) => expect(parseVerdict(text)).toBe(verdict))
})

describe('further forms', () => {
  const cases: Cases = [
    ['**[[A]]**', 'A'],
    ['[[ B ]]', 'B'],
    ['［［Ａ］］', 'A'],
    ['[[A\u200b]]', 'A'],
    ['\\boxed{A}', 'A'],
    ['Verdict: **A**', 'A'],
    ['**Verdict**: [[B]]', 'B'],
    ['{"verdict": "A"}', 'A'],
    ['{"reason": "x", "winner": "B"}', 'B'],
    ['```json\n{"winner": "B"}\n```', 'B'],
    ['[[A]] or [[B]]', null],
    ['[[A]] if answer A is better,\n[[B]] if answer B is better,\n[[C]] if neither is.', null],
    ['It is not [[A]] but [[B]]', 'B'],
    ['The verdict would be [[A]] if it were shorter.', null],
    ['<think>\n[[A]]', null],
    ['<think>maybe [[A]]</think>\n[[B]]', 'B'],
    ['<think>maybe [[A]]</think>', null],
    ['Answer A is right. [[', null],
    ['Verdict:', null],
    ['The better answer is', null],
    ['Verdict: A or B', null],
    ['Verdict: A/B', null],
    ['Verdict: A and B', null],
    ['Verdict: A?', null],
    ['Verdict: not A', null],
    ['Verdict: A is worse', null],
    ['Verdict: B is better', 'B'],
    ['Verdict: B because it is complete', 'B'],
    ['Verdict: A > B', 'A'],
    ['Verdict: A<B', 'B'],
    ['Winner: Assistant A (slightly)', 'A'],
    ['## Verdict\n\nB', 'B'],
    ['**Verdict**\n\n**Answer B**', 'B'],
    ['Final decision: Response A.', 'A'],
    ['Answer A is not better than answer B.', null],
    ['I do not prefer answer A.', null],
    ["I don't think answer A is better.", null],
    ['It is unclear whether answer A is better.', null],
    ['If it were shorter, answer A is better.', null],
    ['Answer A would be better with a source.', null],
    ['Answer A is better at style, but answer B is better overall.', 'B'],
    ['Answer A is better in style.', null],
    ['Answer A is better. Answer B is better.', null],
    ['I prefer answer B over answer A.', 'B'],
    ['I would choose answer B.', 'B'],
    ["I'd pick B.", 'B'],
    ['A is better than B.', 'A'],
    ['A is better', 'A'],
    ['a is better', null],
    ['B wins.', 'B'],
    ['Antwort A ist besser.', 'A'],
    ['Urteil: B', 'B'],
    ['La réponse A est meilleure.', 'A'],
    ['La respuesta B es mejor.', 'B'],
    ['回答A更好。', 'A'],
    ["It's a tie.", 'tie'],
    ['It is not a tie.', null],
    ['Both answers are equally good.', 'tie'],
    ['Verdict: tie', 'tie'],
    ['Verdict: C', 'tie'],
    ['Verdict: neither', 'tie'],
    ['Score A: 4\nScore B: 3', null],
    ['Answer A: 4/5\nAnswer B: 3/5', null],
    ['The format is [[A]], [[B]] or [[C]].\n\nAnswer B is wrong.\n\n[[A]]', 'A'],
    ['[[A]]\n\nUser: next\n[[B]]', 'A'],
    ['[[D]]', null],
    ['(B)', 'B'],
    ['Verdict: [B]', 'B'],
    ['Verdict: (A)', 'A'],
    ['Better: A', 'A'],
    ['Better answer: Assistant B', 'B'],
    ['Preferred response: A', 'A'],
    ['Verdict: A\n\nWait, Answer A is wrong.\nVerdict: B', 'B'],
    ['[[A]]\nOn reflection:\n[[B]]', 'B'],
    ['[[A>B]]', 'A'],
    ['[[A >> B]]', 'A'],
    ['[[B=A]]', 'tie'],
    ['My choice is B.', 'B'],
    ['The winner is answer A.', 'A'],
    ['A good answer.', null],
    ['A', 'A'],
    ['Answer', null],
    ['Verdict: a good answer', null],
    ['Decision: both answers are poor, but A is more so', null],
    ['Answer A is the better one; answer B is shorter.', 'A'],
    ['Overall, Response B is better.', 'B'],
  ]
  it.each(cases)('%j gives %j', (text, verdict) => expect(parseVerdict(text)).toBe(verdict))
})

describe('text without a verdict', () => {
  it.each(['', 'A good answer.', 'Verdict: a good answer', 'Verdict: A or B', 'Answer A is about bees.', 'Response B is not better'])(
    '%j gives null',
    (text) => expect(parseVerdict(text)).toBeNull(),
  )

  it.each(['[[', '[[A', 'verdict: ', 'answer A is ', 'both ', ' ', 'the ', '[[A]] [[B]]\n'])(
    '%j a hundred thousand times gives null',
    (unit) => expect(parseVerdict(unit.repeat(100_000))).toBeNull(),
  )
})
