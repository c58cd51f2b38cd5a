import { describe, expect, it } from 'vitest'
import type { Engine } from '../../main/engine/hosts/engine.ts'
import { judgeRows } from '../../main/loop/judges/judge-rows.ts'
import type { Judged, JudgingRow } from '../../main/loop/judges/judge-work.ts'
import { judgeAnswers } from '../../main/loop/judges/judges.ts'
import type { JudgingCost } from '../../main/loop/judges/judging-cost.ts'
import { flipRateOf } from '../../main/shared/comparison-detail.ts'
import type { GenerateItem, PromptInput, ScoreItem } from '../../main/shared/engine-protocol.ts'
import { LaurelError } from '../../main/shared/errors.ts'
import { judgeRecipe } from '../../main/shared/recipe.ts'
import type { Requirement } from '../../main/shared/requirement.ts'
import { standInEngine } from '../support/stand-in-engine.ts'

const { log } = Math

const textOf = (input: PromptInput): string =>
  'messages' in input ? input.messages.map(({ role, content }) => `${role}: ${content}`).join('\n') : 'prompt' in input ? input.prompt : ''

/** What the engine says, by the prompt. */
interface Said {
  /** Log-probabilities of the two choices. */
  readonly choose?: (prompt: string) => [number, number]
  /** Log-probabilities of a response's tokens. */
  readonly respond?: (prompt: string, response: string, model: string) => number[]
  readonly write?: (prompt: string) => string
  /** Prompts with this text don't fit the context. */
  readonly tooLong?: string
  /** The chat template has no system messages. */
  readonly noSystem?: boolean
}

/** An engine with chosen probabilities, and the prompts of its requests, each request as a list. */
function engineSaying({ choose, respond, write, tooLong, noSystem }: Said): { engine: Engine; requests: string[][] } {
  const requests: string[][] = []
  const engine: Engine = {
    ...standInEngine(),
    async render({ messages }) {
      if (noSystem) throw new LaurelError('BAD_INPUT', 'System role not supported', 'Use the roles user and assistant.')
      return messages.map(({ content }) => content).join('\n')
    },
    async *generate({ rows }) {
      requests.push(rows.map(({ input }) => textOf(input)))
      for (const [row, { input }] of rows.entries()) {
        const text = write?.(textOf(input)) ?? ''
        yield { row, sample: 0, text, tokenIds: [1, 2, 3], finishReason: 'stop', promptTokens: 10 } satisfies GenerateItem
      }
    },
    async *score({ model, rows }, options) {
      requests.push(rows.map(({ input }) => textOf(input)))
      for (const [row, { input, continuation = '', choices = [] }] of [...rows.entries()].reverse()) {
        const prompt = textOf(input)
        if (tooLong !== undefined && prompt.includes(tooLong)) {
          options?.onLeftOut?.({ row, leftOut: '9000 tokens do not fit' })
          continue
        }
        const own = respond?.(prompt, continuation, model) ?? []
        const inputIds = [7, 8, ...own.map(() => 9)]
        const nothing = { topIds: [], topLogprobs: [] }
        yield {
          ...{ row, inputIds, ...nothing, tokenLogprobs: [-50, ...own], continuationStart: 2 },
          ...{ choiceLogprobs: [choose?.(prompt) ?? []], choiceIds: choices.map((choice) => choice.codePointAt(0)!) },
        } satisfies ScoreItem
      }
    },
  }
  return { engine, requests }
}

async function judge(
  said: Said,
  settings: Parameters<typeof judgeRecipe.parse>[0],
  rows: readonly JudgingRow[],
  { reference, chunk = 256 }: { reference?: string; chunk?: number } = {},
): Promise<{ judged: (Judged | undefined)[]; leftOut: { row: number; reason: string }[]; cost: JudgingCost; requests: string[][] }> {
  const { engine, requests } = engineSaying(said)
  const stage = { engine, recipe: { batch: 8, chunk, random: 'philox' }, signal: new AbortController().signal } as const
  const found = await judgeRows({ stage, judge: judgeRecipe.parse(settings), model: '/model', reference, rows, seed: () => 0 })
  return { judged: found.judged.map(([one]) => one), leftOut: [...found.leftOut], cost: found.cost, requests }
}

const row = (response: string, requirements?: Requirement[]): JudgingRow => ({ instruction: 'Name a river.', response, requirements })
const required = (text: string, weight = 1): Requirement => ({ text, weight, check: null })

describe('judging by yes', () => {
  it('gives the probability of yes rather than no, whatever else the model might say', async () => {
    const { judged, requests } = await judge({ choose: () => [log(0.06), log(0.02)] }, { method: 'yes' }, [row('The Elbe.')])
    expect(judged[0]?.score).toBeCloseTo(0.75, 12)
    expect(judged[0]?.text).toBe('p(Yes) = 0.750')
    expect(requests).toEqual([[expect.stringContaining('The Elbe.')]])
    expect(requests[0][0]).toContain('Name a river.')
  })

  it('refuses a tokenizer that starts both answers with the same token', async () => {
    const settings = { method: 'yes', answers: { yes: 'good', no: 'grim' } }
    await expect(judge({ choose: () => [-1, -1] }, settings, [row('x')])).rejects.toThrow(
      /can't judge by the probability of yes: its tokenizer starts both "good" and "grim" with the same token/,
    )
  })

  it('gives no score if neither answer has any probability', async () => {
    const { judged } = await judge({ choose: () => [-Infinity, -Infinity] }, { method: 'yes' }, [row('x')])
    expect(judged[0]).toMatchObject({ score: null, text: '' })
  })
})

describe('judging by a checklist', () => {
  const answers: Record<string, [number, number]> = { short: [log(0.9), log(0.1)], true: [log(0.2), log(0.6)] }
  const choose = (prompt: string): [number, number] => answers[/It is (\w+)/.exec(prompt)?.[1] ?? ''] ?? [log(0.5), log(0.5)]

  it('asks about each requirement and gives the weighted mean of the probabilities of yes times their number', async () => {
    const checklist = [required('It is short.', 3), required('It is true.')]
    const { judged, requests } = await judge({ choose }, { method: 'checklist' }, [row('The Elbe.', checklist)])
    expect(judged[0]?.score).toBeCloseTo((2 * (3 * 0.9 + 0.25)) / 4, 12)
    expect(judged[0]?.detail).toEqual({
      parts: [
        { text: 'It is short.', weight: 3, yes: expect.closeTo(0.9, 12) },
        { text: 'It is true.', weight: 1, yes: expect.closeTo(0.25, 12) },
      ],
    })
    expect(requests).toHaveLength(1)
    const [first, second] = requests[0]
    const shared = first.indexOf('It is short.')
    expect(second.slice(0, shared)).toBe(first.slice(0, shared)) // the requirement comes last, so the rest is computed once
    expect(first.slice(0, shared)).toContain('The Elbe.')
  })

  it('uses the recipe’s requirements for a prompt without any', async () => {
    const { judged } = await judge({ choose }, { method: 'checklist', requirements: ['It is short.'] }, [
      row('a'),
      row('b', [required('It is true.')]),
    ])
    expect(judged.map((one) => one?.score)).toEqual([expect.closeTo(0.9, 12), expect.closeTo(0.25, 12)])
  })

  it('otherwise has the judge write one per prompt, greedily, for all of its responses', async () => {
    const write = (): string => 'Here is a list:\n- It is short.\n2. It is true.\n- It is short.\nGood luck!'
    const rows = [row('a'), { instruction: 'Name a sea.', response: 'b' }, row('c')]
    const { judged, requests } = await judge({ choose, write }, { method: 'checklist' }, rows)
    expect(requests.map(({ length }) => length)).toEqual([2, 6]) // two prompts, three responses with two requirements
    for (const one of judged) expect(one?.score).toBeCloseTo(0.9 + 0.25, 12)
    expect(judged[0]?.detail).toMatchObject({ written: expect.stringContaining('Good luck!') })
  })

  it('keeps the responses to a prompt in one request, however small the chunks', async () => {
    const rows = Array.from({ length: 7 }, (_, i) => ({
      instruction: `Ask ${i % 2}.`,
      response: `${i}`,
      requirements: [required('It is true.')],
    }))
    const { requests } = await judge({ choose }, { method: 'checklist' }, rows, { chunk: 2 })
    expect(requests.map(({ length }) => length)).toEqual([4, 3])
  })

  it('gives no score if the judge writes no list', async () => {
    const { judged } = await judge({ choose, write: () => 'I would rather not.' }, { method: 'checklist' }, [row('a')])
    expect(judged[0]).toMatchObject({ score: null, text: 'I would rather not.' })
  })

  it('leaves out a response whose questions don’t fit the context, and no other', async () => {
    const rows = [row('endless', [required('It is true.'), required('It is short.')]), row('b', [required('It is true.')])]
    const { judged, leftOut } = await judge({ choose, tooLong: 'endless' }, { method: 'checklist' }, rows)
    expect(leftOut).toEqual([{ row: 0, reason: '9000 tokens do not fit' }])
    expect(judged.map((one) => one?.score)).toEqual([undefined, expect.closeTo(0.25, 12)])
  })
})

describe('judging by comparisons', () => {
  /** Log-odds for the first response: the difference of the numbers in the responses, and a preference for the first place. */
  const leaning =
    (bias: number) =>
    (prompt: string): [number, number] => {
      const [a, b] = [...prompt.matchAll(/worth (-?[\d.]+)/g)].map(([, worth]) => Number(worth))
      return [a - b + bias, 0]
    }
  const worth = (...values: number[]): JudgingRow[] => values.map((value) => row(`worth ${value}`))

  it('gives each response its share of wins, and a preference for a place cancels', async () => {
    const { judged, requests } = await judge({ choose: leaning(2) }, { method: 'pairwise' }, worth(1, 3, 2, 3))
    expect(judged.map((one) => one?.score)).toEqual([0, 2.5 / 3, 1 / 3, 2.5 / 3])
    expect(requests[0]).toHaveLength(12)
  })

  it('counts the comparisons that depend on the order', async () => {
    // differences 2, 1, 0 and a bias of 1.5: only the first is larger than the bias
    const { judged } = await judge({ choose: leaning(1.5) }, { method: 'pairwise' }, worth(1, 3, 2))
    const details = judged.map((one) => one?.detail)
    expect(details.map((detail) => (detail as { flips: number }).flips)).toEqual([1, 1, 2])
    expect(flipRateOf(details)).toBeCloseTo(4 / 6, 12)
    expect(judged[2]?.text).toBe('Won 1 of 2 comparisons; 2 depend on the order.')
  })

  it('compares only responses of similar length if the recipe says so', async () => {
    const rows = [row('worth 1'), row('worth 20'), row(`worth 3${' '.repeat(60)}`)]
    const { judged, requests } = await judge({ choose: leaning(0) }, { method: 'pairwise', length_ratio: 1.25 }, rows)
    expect(requests[0]).toHaveLength(2)
    expect(judged.map((one) => one?.score)).toEqual([0, 1, null])
  })

  it('gives a single response no score', async () => {
    const { judged } = await judge({ choose: leaning(0) }, { method: 'pairwise' }, worth(1))
    expect(judged[0]).toMatchObject({ score: null, detail: { comparisons: [], flips: 0 } })
  })

  it('leaves out a response that can’t be compared with any other', async () => {
    const rows = [row('worth 1'), row('worth 2'), row('worth 3, endless')]
    const { judged, leftOut } = await judge({ choose: leaning(0), tooLong: 'endless' }, { method: 'pairwise' }, rows)
    expect(judged.map((one) => one?.score)).toEqual([0, 1, undefined])
    expect(leftOut).toEqual([{ row: 2, reason: '9000 tokens do not fit' }])
  })
})

describe('judging by the contrast of two system messages', () => {
  const respond = (prompt: string): number[] => (prompt.includes('unhelpful') ? [-2, -3, -1] : [-1, -1, -1])

  it('gives the difference of the log-probabilities, per token or as a sum', async () => {
    const { judged, requests } = await judge({ respond }, { method: 'contrast' }, [row('a b c')])
    expect(judged[0]?.score).toBeCloseTo((-3 - -6) / 3, 12)
    expect(judged[0]?.detail).toEqual({ good: -3, bad: -6, tokens: 3 })
    expect(requests[0]).toEqual([
      expect.stringMatching(/^system: You are a helpful.*\nuser: Name a river\.$/),
      expect.stringMatching(/^system: You are an unhelpful.*\nuser: Name a river\.$/),
    ])
    const sum = await judge({ respond }, { method: 'contrast', contrast: { per_token: false } }, [row('a b c')])
    expect(sum.judged[0]?.score).toBeCloseTo(3, 12)
  })

  it('puts the message before the instruction if the chat template has no system messages', async () => {
    const { judged, requests } = await judge({ respond, noSystem: true }, { method: 'contrast' }, [row('a b c')])
    expect(requests[0][0]).toMatch(/^You are a helpful.*\n\nName a river\.$/)
    expect(judged[0]?.score).toBeCloseTo(1, 12)
  })

  it('gives an empty response no score', async () => {
    const { judged } = await judge({ respond: () => [] }, { method: 'contrast' }, [row('')])
    expect(judged[0]?.score).toBeNull()
  })
})

describe('judging by the implicit reward', () => {
  const respond = (_: string, __: string, model: string): number[] => (model === '/model' ? [-1, -2] : [-4, -3])

  it('gives beta times the gain in log-probability since the reference, as a sum or per token', async () => {
    const { judged, requests } = await judge({ respond }, { method: 'implicit' }, [row('a b')], { reference: '/base' })
    expect(judged[0]?.score).toBeCloseTo(0.1 * (-3 - -7), 12)
    expect(judged[0]?.detail).toEqual({ own: -3, reference: -7, tokens: 2 })
    expect(requests).toEqual([['Name a river.'], ['Name a river.']])
    const settings = { method: 'implicit', implicit: { beta: 0.5, per_token: true } }
    expect((await judge({ respond }, settings, [row('a b')], { reference: '/base' })).judged[0]?.score).toBeCloseTo(1, 12)
  })

  it('says that a model compared with itself gives every response 0', async () => {
    await expect(judge({ respond }, { method: 'implicit' }, [row('a')], { reference: '/model' })).rejects.toThrow(/every reward is 0/)
    await expect(judge({ respond }, { method: 'implicit' }, [row('a')])).rejects.toMatchObject({ remedy: 'Choose a reference model.' })
  })
})

describe('the cost of judging', () => {
  it('counts the tokens read and written by all requests, and the judged responses', async () => {
    const said = { choose: (): [number, number] => [0, -1], write: () => '- It is short.' }
    const { cost } = await judge(said, { method: 'checklist' }, [row('a'), row('b')])
    // one checklist: 10 tokens read, 3 written; two questions of two tokens
    expect(cost).toMatchObject({ answers: 2, readTokens: 14, newTokens: 3 })
    expect(cost.seconds).toBeGreaterThan(0)
  })

  it('is nothing if everything was judged before', async () => {
    const { engine } = engineSaying({})
    const stage = { engine, recipe: { batch: 8, chunk: 8, random: 'philox' }, signal: new AbortController().signal } as const
    const units = { rows: [row('a')], samples: 1, isDone: () => true, keep: () => {}, leaveOut: () => {} }
    expect(await judgeAnswers({ stage, judge: judgeRecipe.parse({ method: 'yes' }), model: '/m', units })).toMatchObject({
      ...{ answers: 0, readTokens: 0, newTokens: 0 },
    })
  })
})
