import { describe, expect, it } from 'vitest'
import { readJsonLines } from '../../main/common/jsonl.ts'
import { parseScore } from '../../main/evaluation/parse-score.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'

type Cases = [text: string, score: number | null][]

describe('a labeled score', () => {
  const cases: Cases = [
    ['Score: 4', 4],
    ['score:4', 4],
    ['SCORE : 0', 0],
    ['Score：3', 3],
    ['Score = 4', 4],
    ['Score - 4', 4],
    ['Score: 4 - the response is fine', 4],
    ['**Score:** 4.5', 4.5],
    ['**Score: 4/5**', 4],
    ['Score: **4**', 4],
    ['**Score:**\n\n4/5\n\nIt is good.', 4],
    ['Total Score: 3\nJustification: it answers.', 3],
    ['The answer is clear.\n\nTotal score for this response (out of 5): 2', 2],
    ['Final rating: 4.5 / 5', 4.5],
    ['Score: 4 points out of 5.', 4],
    ['Score: 3 out of a possible 5', 3],
    ['{"why": "clear", "score": 4}', 4],
    ['<score>4</score>', 4],
    ['Score: $\\boxed{4}$', 4],
    ['Score: four', 4],
    ['Score: Four (4) points', 4],
    ['Score: 1 + 1 + 1 + 0 + 0 = 3', 3],
  ]
  it.each(cases)('%j gives %j', (text, score) => expect(parseScore(text)).toBe(score))
})

describe('a label after unrelated text', () => {
  const cases: Cases = [
    ['B+ 1+ 55+ 9+ 6+ Score: 5', 5], // the demo's judge: one tick per requirement
    ['B- 1+ 5- Score: 2', 2],
    ['(yes) (no) Score: 3', 3],
    ['3 of 5 ticks; Score: 3', 3],
  ]
  it.each(cases)('%j gives %d', (text, score) => expect(parseScore(text)).toBe(score))
})

describe('a fraction of a point', () => {
  const cases: Cases = [
    ['Score: 4.75', 4.75],
    ['Score: 3.3333333333333335', 3.3333333333333335],
    ['Score: 4,5', 4.5],
    ['Score: 3½', 3.5],
    ['Score: 3 1/2', 3.5],
    ['Score: 4.0.', 4],
    ['Score: 4.5/5.0', 4.5],
  ]
  it.each(cases)('%j gives %j', (text, score) => expect(parseScore(text)).toBe(score))
})

describe('a score in a sentence or by itself', () => {
  const cases: Cases = [
    ['The score is 4 out of 5 points.', 4],
    ['The total score is therefore 4.', 4],
    ['I would rate this response a 3.', 3],
    ['I would give this response a 3.', 3],
    ['I give this response 4 out of 5.', 4],
    ['This earns a total of 3 points.', 3],
    ['The response scores 5 out of 5 because it is complete.', 5],
    ['It could be more detailed, so the score is 4.', 4],
    ['4/5', 4],
    ['## Score\n\n4/5', 4],
    ['The answer gets 4/5 from me.', 4],
    ['4', 4],
    ['**4**\n\nThe answer is clear.', 4],
    ['The answer is clear.\n\n4', 4],
  ]
  it.each(cases)('%j gives %j', (text, score) => expect(parseScore(text)).toBe(score))
})

describe('text without a score from 0 to 5', () => {
  const texts = [
    '',
    'It is a good answer.',
    'Score:',
    'Score: N/A',
    'Score: <total points>',
    'Score: 6',
    'Score: 10',
    'Score: 2024',
    'Score: -1',
    'Score: 8/10',
    'Score: 4/10',
    'Score: 4 out of 10',
    'Score: 4 points out of 10',
    'Score: 80%',
    'Score: 4th',
    'Score: 4/5/2024',
    'Score: 0-5',
    'Score: 3-4',
    'Score: 3 to 4',
    'Score: 3 or 4',
    'Score: 1+1+1',
    'Points:\n1. It is relevant.\n2. It helps.',
    'Question 1/5: who is it?',
    'In 1995, 3 people met 4 others.',
    'It lacks depth, which prevents it from receiving a score of 5.',
    "The only reason it doesn't score a 5 is its length.",
    'It falls short of achieving a score of 4.',
    'It scores 1 point for being relevant and another point for clarity.',
  ]
  it.each(texts)('%j gives null', (text) => expect(parseScore(text)).toBeNull())
})

describe('several scores', () => {
  it('give the last one, which is the total of a judge that counts up', () => {
    expect(parseScore('Score: 2\nIt does more than that.\nScore: 3')).toBe(3)
    expect(parseScore('- relevant (Score: 1)\n- substantial (Score: 2)\n\nTotal score: 2 points.')).toBe(2)
    expect(parseScore('Score: 5/5\n'.repeat(40))).toBe(5)
  })

  it('are chosen by how explicit they are, not by position', () => {
    expect(parseScore('Score: 4\n\nIt would take more detail for a score of 5.')).toBe(4)
    expect(parseScore('Score: 3\n\nThe plan covers 4/5 of the topics.')).toBe(3)
  })

  it.each([
    'Score: 4\n\nUser: What is 2 + 2?\n<response>5</response>\nScore: 1',
    'Score: 4<|im_end|>\n<|im_start|>user\nScore: 1',
    'Score: 4\n\n### Instruction:\nDo that.\nScore: 1',
    "Score: 4\nReview the user's question and the corresponding response ...\nScore: 1",
    'The score is 4 out of 5.\n\nUser: and this?\nThe score is 1 out of 5.',
  ])('in examples that the judge invents afterwards are ignored: %j', (text) => expect(parseScore(text)).toBe(4))

  it("don't include a mention of the user before the score", () => {
    expect(parseScore('User: asked for a poem.\n<response> is a poem.\nScore: 4')).toBe(4)
  })
})

describe('long and hostile texts', () => {
  it('an object nested a hundred thousand times gives null', () => {
    expect(parseScore(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).toBeNull()
  })

  it.each([
    '{"score":',
    '[[4',
    '\\boxed{',
    '<think>',
    '</think>',
    '<score>',
    '| a ',
    '---|---\n',
    '得分4',
    '★',
    'total of ',
    'would be ',
    '4 and a half ',
    '1 (a) + ',
  ])('%j fifty thousand times finishes', (unit) => {
    const score = parseScore(unit.repeat(50_000))
    expect(score === null || (score >= 0 && score <= 5)).toBe(true)
  })

  it.each(['score ', 'score:', 'score of the ', '(', ' ', '\n', '1 + ', 'Score: 1+', '**', 'Score (', '4/5 ', 'Score: 3-4 ', 'give it '])(
    '%j a hundred thousand times finishes',
    (unit) => {
      const score = parseScore(unit.repeat(100_000))
      expect(score === null || (score >= 0 && score <= 5)).toBe(true)
    },
  )
})

needing(referenceNumbers).describe('1,400 judgements of a 7B model', () => {
  const rows = () =>
    readJsonLines(sharedFile('data/judgements-mistral-7b.jsonl')).map(({ value }) => value as { response: string; score: number })

  it('are all parsed, and differ from the recorded score only where the judge counted up and the record has its first number', () => {
    const different = rows().filter(({ response, score }) => parseScore(response) !== score)
    expect(different.length).toBe(12)
    for (const { response, score } of different) {
      const stated = [...response.matchAll(/Score: (\d)/g)].map((match) => Number(match[1]))
      expect(score).toBe(stated[0])
      expect(parseScore(response)).toBe(stated.at(-1))
    }
  })

  it('are never misread when their label is removed', () => {
    for (const { response, score } of rows()) {
      const read = parseScore(response.replace(/\**(?:total )?score:.*$/gim, ''))
      if (read !== null) expect(read, response).toBe(score)
    }
  })
})
