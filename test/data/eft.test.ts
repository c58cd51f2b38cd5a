import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readJsonLines } from '../../main/common/jsonl.ts'
import { uniform } from '../../main/common/random.ts'
import { agreement, buildEft, type JudgedPrompt, thinMostCommon } from '../../main/data/eft.ts'
import { importFile } from '../../main/data/import-file.ts'
import { hasOrder } from '../../main/data/imported.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'

const scored = (...pairs: [rank: number, score: number][]) => pairs.map(([rank, score]) => ({ rank, score }))

describe('agreement of scores with a human ranking', () => {
  test('the human order agrees, in whatever order the answers come', () => {
    expect(agreement(scored([0, 5], [1, 3], [2, 0]))).toEqual({ agrees: true })
    expect(agreement(scored([2, 0], [0, 5], [1, 3]))).toEqual({ agrees: true })
  })

  test('one pair in the opposite order contradicts, however many are right', () => {
    expect(agreement(scored([0, 5], [1, 2], [2, 3]))).toEqual({
      agrees: false,
      reason: 'contradicts',
      contradiction: { betterRank: 1, betterScore: 2, worseRank: 2, worseScore: 3 },
    })
  })

  test('a tie beside a pair in the human order agrees', () => {
    expect(agreement(scored([0, 4], [1, 4], [2, 1]))).toEqual({ agrees: true })
  })

  test('scores that are all equal agree with nothing', () => {
    expect(agreement(scored([0, 4], [1, 4], [2, 4]))).toEqual({ agrees: false, reason: 'tied' })
  })

  test('answers of one human rank may have any scores', () => {
    expect(agreement(scored([0, 3], [0, 5], [1, 2]))).toEqual({ agrees: true })
    expect(agreement(scored([0, 3], [0, 5], [1, 4]))).toMatchObject({ reason: 'contradicts' })
  })

  test('a single answer, or one rank only, has no order to agree with', () => {
    expect(agreement([])).toEqual({ agrees: false, reason: 'unranked' })
    expect(agreement(scored([0, 5]))).toEqual({ agrees: false, reason: 'unranked' })
    expect(agreement(scored([1, 5], [1, 2]))).toEqual({ agrees: false, reason: 'unranked' })
  })

  test('it is the sign of the pairs, counted the slow way', () => {
    const answers = fc.array(fc.record({ rank: fc.nat(3), score: fc.nat(5) }), { maxLength: 6 })
    fc.assert(
      fc.property(answers, (list) => {
        const signs = list.flatMap((a) => list.filter((b) => a.rank < b.rank).map((b) => Math.sign(a.score - b.score)))
        expect(agreement(list).agrees).toBe(signs.includes(1) && !signs.includes(-1))
      }),
    )
  })
})

/** A prompt whose answers have the ranks 0, 1, ... and the given scores, [draw][answer]. */
function judged(prompt: string, draws: (number | null)[][]): JudgedPrompt {
  const answers = draws[0].map((_, rank) => ({ line: 1, text: `${prompt} answer ${rank}`, rank }))
  const judgements = answers.map((_, answer) => draws.map((scores, draw) => ({ text: `why ${answer} ${draw}`, score: scores[answer] })))
  return { ranked: { prompt, answers }, judgements }
}
const options = { judgePrompt: (instruction: string, answer: string) => `<${instruction}|${answer}>`, maxScoreShare: 1, seed: 1 }

describe('building EFT examples', () => {
  test('a prompt that agrees gives one example an answer, with its provenance', () => {
    const { examples, report } = buildEft([judged('p', [[4, 2]])], options)
    expect(examples).toEqual([
      { prompt: '<p|p answer 0>', completion: 'why 0 0', score: 4, instruction: 'p', answer: 'p answer 0', rank: 0, draw: 0 },
      { prompt: '<p|p answer 1>', completion: 'why 1 0', score: 2, instruction: 'p', answer: 'p answer 1', rank: 1, draw: 0 },
    ])
    expect(report).toEqual({
      promptsKept: 1,
      promptsDropped: [],
      unreadable: 0,
      thinned: 0,
      scoresBefore: { 2: 1, 4: 1 },
      scoresAfter: { 2: 1, 4: 1 },
    })
  })

  test('a prompt that does not agree gives none, and the report says why', () => {
    const { examples, report } = buildEft(
      [judged('wrong', [[2, 4]]), judged('tied', [[3, 3]]), judged('alone', [[3]]), judged('half', [[3, null]])],
      options,
    )
    expect(examples).toEqual([])
    expect(report.promptsDropped).toEqual([
      {
        instruction: 'wrong',
        agreement: { agrees: false, reason: 'contradicts', contradiction: { betterRank: 0, betterScore: 2, worseRank: 1, worseScore: 4 } },
      },
      { instruction: 'tied', agreement: { agrees: false, reason: 'tied' } },
      { instruction: 'alone', agreement: { agrees: false, reason: 'unranked' } },
      { instruction: 'half', agreement: { agrees: false, reason: 'unranked' } },
    ])
    expect(report.unreadable).toBe(1)
  })

  test('an answer whose score could not be read gives no example; the others are judged without it', () => {
    const { examples } = buildEft([judged('p', [[4, null, 1]])], options)
    expect(examples.map((example) => [example.rank, example.score])).toEqual([
      [0, 4],
      [2, 1],
    ])
  })

  test('the draw that agrees over the most answers is kept, whole; of equals the first', () => {
    const { examples } = buildEft(
      [
        judged('p', [
          [1, 4, 0],
          [4, null, 1],
          [5, 3, 2],
          [4, 3, 1],
        ]),
      ],
      options,
    )
    expect(examples.map((example) => [example.draw, example.score])).toEqual([
      [2, 5],
      [2, 3],
      [2, 2],
    ])
  })
})

describe('thinning the most common score', () => {
  const of = (...counts: [score: number, count: number][]) =>
    counts.flatMap(([score, count]) => Array.from({ length: count }, (_, id) => ({ score, id })))
  const count = (examples: readonly { score: number }[], score: number) => examples.filter((example) => example.score === score).length

  test('its surplus over the share is thrown away, nothing else, and the order stays', () => {
    const examples = of([4, 60], [2, 25], [5, 15])
    const kept = thinMostCommon(examples, 0.5, 7)
    expect([count(kept, 4), count(kept, 2), count(kept, 5)]).toEqual([40, 25, 15])
    expect(kept).toEqual(examples.filter((example) => kept.includes(example)))
  })

  test('what is thrown away depends on the seed and on nothing else', () => {
    const examples = of([4, 60], [2, 40])
    expect(thinMostCommon(examples, 0.5, 7)).toEqual(thinMostCommon(examples, 0.5, 7))
    expect(thinMostCommon(examples, 0.5, 7)).not.toEqual(thinMostCommon(examples, 0.5, 8))
  })

  test('it stops at the second most common score', () => {
    const kept = thinMostCommon(of([4, 60], [2, 25], [5, 15]), 0.2, 7)
    expect([count(kept, 4), count(kept, 2), count(kept, 5)]).toEqual([25, 25, 15])
  })

  test('nothing is thrown away within the share, at share 1, or where there is only one score', () => {
    for (const [examples, share] of [
      [of([4, 50], [2, 50]), 0.5],
      [of([4, 99], [2, 1]), 1],
      [of([4, 9]), 0.5],
      [[], 0.5],
    ] as const) {
      expect(thinMostCommon(examples, share, 7)).toEqual(examples)
    }
  })

  test('the share holds whenever another score does not forbid it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { minLength: 1, maxLength: 80 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.nat(99),
        (scores, share, seed) => {
          const kept = thinMostCommon(
            scores.map((score) => ({ score })),
            share,
            seed,
          )
          const counts = (list: readonly { score: number }[]) => [0, 1, 2, 3, 4, 5].map((score) => count(list, score)).sort((a, b) => b - a)
          const [first, second] = counts(kept)
          expect(first / kept.length <= share + 1e-9 || first === second || second === 0).toBe(true)
          expect(counts(kept).slice(1)).toEqual(counts(scores.map((score) => ({ score }))).slice(1))
        },
      ),
    )
  })
})

needing(referenceNumbers).describe('on real files', () => {
  interface Row {
    score: number
    rank: number
    status: 'kept' | 'rejected'
  }
  const judgements = () => readJsonLines(sharedFile('data/judgements-mistral-7b.jsonl')).map(({ value }) => value as Row)

  /** Share of the pairs of rows that agree, of those that agree or contradict. */
  function agreeing(rows: readonly Row[]): number {
    let [agree, contradict] = [0, 0]
    for (const [i, a] of rows.entries()) {
      for (const b of rows.slice(i + 1)) {
        const found = agreement([a, b])
        if (found.agrees) agree++
        else if (found.reason === 'contradicts') contradict++
      }
    }
    return agree / (agree + contradict)
  }

  // The file does not say which rows share a prompt, and its authors compared each score with a window of ranks, not with
  // the scores of its siblings; so only the direction can be checked: kept rows go with the human order, rejected ones against.
  test('judgements that others kept agree with the human order, those they rejected contradict it', () => {
    const rows = judgements()
    // counted by another program: 104,275 pairs agree and 49,807 contradict among the kept, 21,065 and 62,011 among the rejected
    expect(agreeing(rows.filter((row) => row.status === 'kept'))).toBe(104275 / (104275 + 49807))
    expect(agreeing(rows.filter((row) => row.status === 'rejected'))).toBe(21065 / (21065 + 62011))
  })

  test('a judge that knows the ranks keeps every prompt with an order, one that reverses them none, a random one some', async () => {
    const { ranked } = await importFile(sharedFile('data/oasst2-ranked.jsonl'))
    const withScores = (score: (rank: number, n: number) => number): JudgedPrompt[] => {
      let n = 0
      return ranked.map((prompt) => ({
        ranked: prompt,
        judgements: prompt.answers.map(({ rank }) => [{ text: 'why', score: score(rank, n++) }]),
      }))
    }
    const ordered = ranked.filter(hasOrder).length
    const right = buildEft(
      withScores((rank) => Math.max(0, 5 - rank)),
      options,
    )
    expect(right.report.promptsDropped.filter(({ agreement: found }) => found.reason === 'contradicts')).toEqual([])
    expect(right.report.promptsKept).toBe(
      ordered - right.report.promptsDropped.filter(({ agreement: found }) => found.reason === 'tied').length,
    )
    expect(right.report.promptsKept).toBeGreaterThan(0.98 * ordered)
    expect(
      buildEft(
        withScores((rank) => Math.min(5, rank)),
        options,
      ).examples,
    ).toEqual([])
    const random = buildEft(
      withScores((_, n) => Math.floor(uniform(5, n) * 6)),
      { ...options, maxScoreShare: 0.2 },
    )
    expect(random.report.promptsKept).toBeGreaterThan(0.3 * ordered)
    expect(random.report.promptsKept).toBeLessThan(0.5 * ordered)
    expect(random.examples).toHaveLength(Object.values(random.report.scoresAfter).reduce((a, b) => a + b, 0))
  })
})
