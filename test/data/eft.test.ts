import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readJsonLines } from '../../main/common/jsonl.ts'
import { generators } from '../../main/common/random.ts'
import { agreement, buildEft, type JudgedPrompt, thinMostCommon } from '../../main/data/eft-examples.ts'
import { importFile } from '../../main/data/import-file.ts'
import { hasOrder } from '../../main/data/imported.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'

const { uniform } = generators.murmur

const scored = (...pairs: [rank: number, score: number][]) => pairs.map(([rank, score]) => ({ rank, score }))

describe('agreement of scores with a human ranking', () => {
  test('the human order agrees, regardless of the order of answers', () => {
    expect(agreement(scored([0, 5], [1, 3], [2, 0]))).toEqual({ agrees: true })
    expect(agreement(scored([2, 0], [0, 5], [1, 3]))).toEqual({ agrees: true })
  })

  test('a single pair in the opposite order contradicts', () => {
    expect(agreement(scored([0, 5], [1, 2], [2, 3]))).toEqual({
      agrees: false,
      reason: 'contradicts',
      contradiction: { betterRank: 1, betterScore: 2, worseRank: 2, worseScore: 3 },
    })
  })

  test('a tie agrees if another pair is in the human order', () => {
    expect(agreement(scored([0, 4], [1, 4], [2, 1]))).toEqual({ agrees: true })
  })

  test('all-equal scores agree with no ranking', () => {
    expect(agreement(scored([0, 4], [1, 4], [2, 4]))).toEqual({ agrees: false, reason: 'tied' })
  })

  test('answers with the same human rank can have any scores', () => {
    expect(agreement(scored([0, 3], [0, 5], [1, 2]))).toEqual({ agrees: true })
    expect(agreement(scored([0, 3], [0, 5], [1, 4]))).toMatchObject({ reason: 'contradicts' })
  })

  test('a single answer or a single rank has no order to agree with', () => {
    expect(agreement([])).toEqual({ agrees: false, reason: 'unranked' })
    expect(agreement(scored([0, 5]))).toEqual({ agrees: false, reason: 'unranked' })
    expect(agreement(scored([1, 5], [1, 2]))).toEqual({ agrees: false, reason: 'unranked' })
  })

  test('agreement equals a brute-force count over all pairs', () => {
    const answers = fc.array(fc.record({ rank: fc.nat(3), score: fc.nat(5) }), { maxLength: 6 })
    fc.assert(
      fc.property(answers, (list) => {
        const signs = list.flatMap((a) => list.filter((b) => a.rank < b.rank).map((b) => Math.sign(a.score - b.score)))
        expect(agreement(list).agrees).toBe(signs.includes(1) && !signs.includes(-1))
      }),
    )
  })
})

/** A prompt whose answers have ranks 0, 1, ... and the given scores, [draw][answer]. */
function judged(prompt: string, draws: (number | null)[][]): JudgedPrompt {
  const answers = draws[0].map((_, rank) => ({ line: 1, text: `${prompt} answer ${rank}`, rank }))
  const judgements = answers.map((_, answer) => draws.map((scores, draw) => ({ text: `why ${answer} ${draw}`, score: scores[answer] })))
  return { ranked: { prompt, answers }, judgements }
}
const drawn = (seed: number) => ({ seed, random: 'philox' }) as const

const options = { judgePrompt: (instruction: string, answer: string) => `<${instruction}|${answer}>`, maxScoreShare: 1, ...drawn(1) }

describe('building EFT examples', () => {
  test('an agreeing prompt gives one example per answer, with provenance', () => {
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

  test('a disagreeing prompt gives no examples, and the report says why', () => {
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

  test('an answer without a parsed score gives no example and is ignored in the ranking', () => {
    const { examples } = buildEft([judged('p', [[4, null, 1]])], options)
    expect(examples.map((example) => [example.rank, example.score])).toEqual([
      [0, 4],
      [2, 1],
    ])
  })

  test('the draw that agrees over the most answers is kept as a whole, the first of equals', () => {
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

describe('downsampling the most common score', () => {
  const of = (...counts: [score: number, count: number][]) =>
    counts.flatMap(([score, count]) => Array.from({ length: count }, (_, id) => ({ score, id })))
  const count = (examples: readonly { score: number }[], score: number) => examples.filter((example) => example.score === score).length

  test('only the surplus over the share is dropped, and the order is kept', () => {
    const examples = of([4, 60], [2, 25], [5, 15])
    const kept = thinMostCommon(examples, 0.5, drawn(7))
    expect([count(kept, 4), count(kept, 2), count(kept, 5)]).toEqual([40, 25, 15])
    expect(kept).toEqual(examples.filter((example) => kept.includes(example)))
  })

  test('the dropped examples depend only on the seed', () => {
    const examples = of([4, 60], [2, 40])
    expect(thinMostCommon(examples, 0.5, drawn(7))).toEqual(thinMostCommon(examples, 0.5, drawn(7)))
    expect(thinMostCommon(examples, 0.5, drawn(7))).not.toEqual(thinMostCommon(examples, 0.5, drawn(8)))
  })

  test('it stops at the count of the second most common score', () => {
    const kept = thinMostCommon(of([4, 60], [2, 25], [5, 15]), 0.2, drawn(7))
    expect([count(kept, 4), count(kept, 2), count(kept, 5)]).toEqual([25, 25, 15])
  })

  test('nothing is dropped within the share, at share 1, or with a single score', () => {
    for (const [examples, share] of [
      [of([4, 50], [2, 50]), 0.5],
      [of([4, 99], [2, 1]), 1],
      [of([4, 9]), 0.5],
      [[], 0.5],
    ] as const) {
      expect(thinMostCommon(examples, share, drawn(7))).toEqual(examples)
    }
  })

  test('the share is reached unless another score would become the most common', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(5), { minLength: 1, maxLength: 80 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.nat(99),
        (scores, share, seed) => {
          const kept = thinMostCommon(
            scores.map((score) => ({ score })),
            share,
            drawn(seed),
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

  /** Share of agreeing pairs among the row pairs that agree or contradict. */
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

  // The file doesn't say which rows share a prompt, and its authors compared each score with a window of ranks, not with its siblings' scores.
  // So only the direction can be checked: kept rows follow the human order, rejected ones contradict it.
  test('judgements kept by the authors agree with the human order, rejected ones contradict it', () => {
    const rows = judgements()
    // counted independently: kept 104,275 agree, 49,807 contradict; rejected 21,065 and 62,011
    expect(agreeing(rows.filter((row) => row.status === 'kept'))).toBe(104275 / (104275 + 49807))
    expect(agreeing(rows.filter((row) => row.status === 'rejected'))).toBe(21065 / (21065 + 62011))
  })

  test('a judge that knows the ranks keeps every ordered prompt, one that reverses them none, a random one some', async () => {
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
