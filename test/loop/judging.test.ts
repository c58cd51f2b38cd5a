import { describe, expect, it } from 'vitest'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import type { Judged } from '../../main/loop/judges/judge-work.ts'
import { judgeAnswers } from '../../main/loop/judges/judges.ts'
import { judgeBySampling } from '../../main/loop/judges/sampled.ts'
import type { EngineWork } from '../../main/loop/run-context.ts'
import type { ScoreItem } from '../../main/shared/engine-protocol.ts'
import { type judgeRecipe, recipe as recipeSchema } from '../../main/shared/recipe.ts'
import { standInEngine } from '../support/stand-in-engine.ts'

const ids = (text: string): number[] => [...text].map((character) => character.codePointAt(0)!)

/** An engine that replies with `reply` and gives each choice the log-probabilities from `logprobs`, by position. */
function engineSaying(reply: string, logprobs: (place: number) => number[]): Engine {
  return {
    ...standInEngine(),
    async *generate({ rows }) {
      for (const row of rows.keys()) {
        yield { row, sample: 0, text: reply, tokenIds: ids(reply), finishReason: 'stop', promptTokens: 1 }
      }
    },
    async *score({ rows }) {
      for (const [row, { continuation = '', choices = [] }] of rows.entries()) {
        const inputIds = [1, 2, ...ids(continuation)]
        const choiceLogprobs = Array.from({ length: continuation.length + 1 }, (_, place) => logprobs(place))
        const choiceIds = choices.map((choice) => ids(choice)[0])
        const nothing = { tokenLogprobs: [], topIds: [], topLogprobs: [] }
        yield { row, inputIds, ...nothing, continuationStart: 2, choiceLogprobs, choiceIds } satisfies ScoreItem
      }
    },
  }
}

/** Judgements of one answer, all missing, with these seeds. */
const unitsOfAnswer = (seeds: readonly number[], keep: (sample: number, judged: Judged) => void) => ({
  rows: [{ instruction: 'ask', response: 'answer' }],
  samples: seeds.length,
  seed: (_: unknown, sample: number) => seeds[sample],
  isDone: () => false,
  keep: (_: unknown, sample: number, judged: Judged) => keep(sample, judged),
  leaveOut: () => {},
})

async function judge(engine: Engine, settings: Parameters<typeof judgeRecipe.parse>[0]): Promise<Judged[]> {
  const recipe = recipeSchema.parse({ name: 'x', base_model: '/x', judge: settings })
  const stage: EngineWork = { engine, recipe, signal: new AbortController().signal }
  const found: Judged[] = []
  await judgeAnswers({ stage, judge: recipe.judge, model: '/x', units: unitsOfAnswer([5], (_, judged) => void found.push(judged)) })
  return found
}

const ticks = { method: 'ticks', prompt: 'ticks', ticks: { yes: '+', no: '-', count: 2 } }

describe('judging by ticks', () => {
  it("sums the judge's certainty of each tick at its position", async () => {
    const sure = (place: number): number[] =>
      place === 1 ? [Math.log(0.9), Math.log(0.1)] : place === 4 ? [Math.log(0.2), Math.log(0.8)] : [0, 0]
    const [judged] = await judge(engineSaying('a+ b-', sure), ticks)
    expect(judged.score).toBeCloseTo(1.1, 10)
    expect(judged.text).toBe('a+ b-')
  })

  it('rejects ticks that start with the same token, before anything is generated', async () => {
    const same = { ...ticks, ticks: { yes: 'right', no: 'rubbish', count: 2 } }
    await expect(
      judge(
        engineSaying('right right', () => [0, 0]),
        same,
      ),
    ).rejects.toThrow(/starts both "right" and "rubbish" with the same token/)
  })

  it('gives no score for too few or too many ticks, and keeps the text', async () => {
    for (const text of ['a+', 'a+ b- c+', '', 'no ticks here']) {
      expect(
        await judge(
          engineSaying(text, () => [-1, -1]),
          ticks,
        ),
      ).toMatchObject([{ text, score: null }])
    }
  })
})

describe('judging by expectation', () => {
  it('gives the mean score under the probabilities of the six scores', async () => {
    const logprobs = [0.05, 0.05, 0.1, 0.1, 0.2, 0.1].map(Math.log) // 0.6 in total; the rest is other tokens
    const expected = (0.05 + 2 * 0.1 + 3 * 0.1 + 4 * 0.2 + 5 * 0.1) / 0.6
    const [judged] = await judge(
      engineSaying('', (place) => (place === 'Score: '.length ? logprobs : [0, -9, -9, -9, -9, -9])),
      {
        method: 'expected',
      },
    )
    expect(judged.score).toBeCloseTo(expected, 10)
  })

  it('gives no score if no score has any probability', async () => {
    const never = Array(6).fill(Number.NEGATIVE_INFINITY)
    expect(
      await judge(
        engineSaying('', () => never),
        { method: 'expected' },
      ),
    ).toMatchObject([{ score: null }])
  })
})

describe('the random control', () => {
  it('is a number between 0 and 5 determined by the seed', async () => {
    const engine = engineSaying('', () => [])
    const [one, same] = [await judge(engine, { method: 'random' }), await judge(engine, { method: 'random' })]
    expect(one).toEqual(same)
    expect(one[0].score).toBeGreaterThanOrEqual(0)
    expect(one[0].score).toBeLessThan(5)
  })
})

describe('judging by a drawn score', () => {
  const drawWith = async (probabilities: number[], seeds: number[]) => {
    const openings: (string | undefined)[] = []
    const engine = engineSaying('because of this', (place) =>
      (place === 'Score: '.length ? probabilities : [1, 0, 0, 0, 0, 0]).map(Math.log),
    )
    const listening: Engine = {
      ...engine,
      generate(params, options) {
        openings.push(...params.rows.map(({ input }) => ('prompt' in input ? input.opening : undefined)))
        return engine.generate(params, options)
      },
    }
    const recipe = recipeSchema.parse({ name: 'x', base_model: '/x' })
    const stage: EngineWork = { engine: listening, recipe, signal: new AbortController().signal }
    const found: (Judged & { sample: number })[] = []
    const units = unitsOfAnswer(seeds, (sample, judged) => void found.push({ sample, ...judged }))
    await judgeBySampling({ stage, judge: recipe.judge, model: '/x', units })
    return { found, openings }
  }

  it('has the model justify the sampled score', async () => {
    const { found, openings } = await drawWith([0, 0, 0, 1, 0, 0], [7])
    expect(openings).toEqual(['Score: 3\n'])
    expect(found).toEqual([{ sample: 0, text: 'Score: 3\nbecause of this', score: 3 }])
  })

  it("samples from the probabilities, with each judgement's seed", async () => {
    const seeds = Array.from({ length: 400 }, (_, seed) => seed)
    const { found } = await drawWith([0, 0.25, 0, 0, 0.75, 0], seeds)
    const share = found.filter(({ score }) => score === 4).length / found.length
    expect(new Set(found.map(({ score }) => score))).toEqual(new Set([1, 4]))
    expect(Math.abs(share - 0.75)).toBeLessThan(0.08)
    expect((await drawWith([0, 0.25, 0, 0, 0.75, 0], seeds)).found).toEqual(found)
  })
})
