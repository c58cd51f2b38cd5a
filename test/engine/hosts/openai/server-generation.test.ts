import { describe, expect, it } from 'vitest'
import type { LeftOutRow } from '../../../../main/shared/engine-protocol.ts'
import { generate, opened, rows, sampling } from '../../../support/opened-server.ts'
import type { StandInServerOptions } from '../../../support/stand-in-server.ts'

/** Keeps the first `count` that come until all of them are there. */
function barrier(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let come = 0
  return () => {
    if (++come >= count) resolve()
    return promise
  }
}

describe('generation on a server', () => {
  it('answers every row with the settings of the sampling, by the model of the server', async () => {
    const { engine, server, usage } = await opened()
    const items = await generate(engine, 3)
    expect(items.map(({ row, sample }) => [row, sample])).toEqual([[0, 0], [1, 0], [2, 0]]) // biome-ignore format: a list of pairs
    expect(items[0]).toMatchObject({ finishReason: 'stop', tokenIds: [], newTokens: 4, promptTokens: 5 })
    expect(server.seen[0].body).toEqual({
      ...{ messages: [{ role: 'user', content: 'question 0' }], model: 'big-model' },
      ...{ max_tokens: 16, temperature: 0.7, top_p: 0.9, seed: 0 },
    })
    expect(usage).toHaveLength(3)
    expect(usage[0]).toMatchObject({ requests: 1, retries: 0, promptTokens: 5, newTokens: 4 })
    const bytes = (of: 'sentBytes' | 'receivedBytes'): number => usage.reduce((sum, one) => sum + one[of], 0)
    expect(bytes('sentBytes')).toBe(server.seen.reduce((sum, { body }) => sum + JSON.stringify(body).length, 0))
    expect(bytes('receivedBytes')).toBeGreaterThan(3 * 50)
  })

  it('asks for several responses at the same time where the server has n, and one by one where it ignores n', async () => {
    const able = await opened()
    expect(await generate(able.engine, 2, 3)).toHaveLength(6)
    expect(able.server.seen.map(({ body }) => body.n)).toEqual([3, 3])
    const ignoring = await opened({ ignoresN: true })
    const items = await generate(ignoring.engine, 1, 3)
    expect(new Set(items.map(({ text }) => text)).size).toBe(3)
    expect(ignoring.server.seen.map(({ body }) => [body.n, body.seed])).toEqual([[3, 0], [undefined, 1], [undefined, 2]]) // biome-ignore format: a list of pairs
    const unable = await opened({}, {}, { has: { several: false } })
    await generate(unable.engine, 1, 3)
    expect(unable.server.seen).toHaveLength(3)
  })

  it('asks once for greedy responses, which are all the same: vLLM refuses to write several', async () => {
    const { engine, server } = await opened()
    const items = await Array.fromAsync(
      engine.generate({ model: 'x', rows: rows(2, 3), sampling: { ...sampling, greedy: true }, batch: 8 }),
    )
    expect(items.map(({ row, sample }) => `${row} ${sample}`).toSorted()).toEqual(['0 0', '0 1', '0 2', '1 0', '1 1', '1 2'])
    expect(new Set(items.map(({ text }) => text)).size).toBe(2)
    expect(server.seen.map(({ body }) => [body.temperature, body.n])).toEqual([[0, undefined], [0, undefined]]) // biome-ignore format: a list of pairs
  })

  it('calls the limit of a response as the server wants it, once that has said so', async () => {
    const error = { message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead." }
    const { engine, server } = await opened(
      { fault: (_, { body }) => (body.max_tokens === undefined ? undefined : { status: 400, error }) },
      { concurrency: 1, retries: 0 },
    )
    await generate(engine, 2)
    expect(server.seen.map(({ body }) => [body.max_tokens, body.max_completion_tokens])).toEqual([
      [16, undefined],
      [undefined, 16],
      [undefined, 16],
    ])
  })

  const refusals = [
    ['max_tokens', "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."],
    ['stream_options', 'Unrecognized request argument supplied: stream_options'],
  ]

  it('sends every request that was in flight again, once the server has said what it refuses', async () => {
    const inFlight = barrier(8)
    const { engine, server } = await opened(
      {
        fault(_, { body }) {
          const refusal = refusals.find(([name]) => name in body)
          return refusal && { status: 400, error: { message: refusal[1] } }
        },
        whileAnswering: inFlight,
      },
      { concurrency: 8, retries: 0 },
    )
    expect(await generate(engine, 24)).toHaveLength(24)
    expect(server.seen).toHaveLength(8 + 24)
    expect(await Array.fromAsync(engine.generate({ model: 'x', rows: rows(8), sampling, batch: 8 }, { onPiece: () => {} }))).toHaveLength(8)
    expect(server.seen.slice(32).filter(({ body }) => !('stream_options' in body))).toHaveLength(8)
  })

  it('adapts a streamed request to all that the server refuses', async () => {
    const { engine, server } = await opened(
      {
        fault(_, { body }) {
          const refusal = refusals.find(([name]) => name in body)
          return refusal && { status: 400, error: { message: refusal[1] } }
        },
      },
      { retries: 0 },
    )
    expect(await Array.fromAsync(engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} }))).toHaveLength(1)
    expect(server.seen.map(({ body }) => ['max_tokens' in body, 'stream_options' in body])).toEqual([[true, true], [false, true], [false, false]]) // biome-ignore format: a list of pairs
  })

  describe('whose model has one way of sampling', () => {
    const error = { message: "Unsupported parameter: 'top_p' is not supported with this model.", param: 'top_p' }
    const refusing: StandInServerOptions = { fault: (_, { body }) => ('top_p' in body ? { status: 400, error } : undefined) }

    it('is asked without top_p where that cuts nothing off', async () => {
      const { engine, server } = await opened(refusing, { concurrency: 1, retries: 0 })
      expect(
        await Array.fromAsync(engine.generate({ model: 'x', rows: rows(2), sampling: { ...sampling, topP: 1 }, batch: 1 })),
      ).toHaveLength(2)
      expect(server.seen.map(({ body }) => body.top_p)).toEqual([1, undefined, undefined])
    })

    it('ends the work with what to set where the recipe cuts something off', async () => {
      const { engine } = await opened(refusing, { retries: 0 })
      await expect(
        Array.fromAsync(engine.generate({ model: 'x', rows: rows(2), sampling: { ...sampling, topP: 0.9 }, batch: 1 })),
      ).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining("'top_p' is not supported"),
        remedy: expect.stringContaining('usually 1'),
      })
    })
  })

  it('keeps to the number of requests in flight', async () => {
    let now = 0
    let most = 0
    const { engine } = await opened(
      {
        whileAnswering: async () => {
          most = Math.max(most, ++now)
          await new Promise(setImmediate)
          now--
        },
      },
      { concurrency: 3 },
    )
    await generate(engine, 12)
    expect(most).toBeLessThanOrEqual(3)
    expect(most).toBeGreaterThan(1)
  })

  it('leaves out a row that is longer than the context, and one whose answer the content filter ends', async () => {
    const { engine } = await opened({
      fault: (_, { text }) =>
        text === 'question 1' ? { status: 400, error: { message: "This model's maximum context length is 2048 tokens." } } : undefined,
      finishReason: ({ text }) => (text === 'question 2' ? 'content_filter' : 'stop'),
    })
    const left: LeftOutRow[] = []
    const items = await generate(engine, 4, 1, (row) => void left.push(row))
    expect(items.map(({ row }) => row)).toEqual([0, 3])
    expect(left.toSorted((a, b) => a.row - b.row)).toEqual([
      { row: 1, leftOut: "400 This model's maximum context length is 2048 tokens." },
      { row: 2, leftOut: "the server's content filter refused it" },
    ])
    await expect(generate(engine, 2)).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })

  it.each<[string, object]>([
    ["llama.cpp's context", { message: 'request (3031 tokens) exceeds the available context size (2048 tokens), try increasing it' }],
    [
      "llama-cpp-python's context",
      {
        message: `This model's maximum context length is 2048 tokens. However, you requested 3034 tokens (3031 in the messages, 3 in the completion).`,
      },
    ],
    [
      "vLLM's context",
      {
        ...{ param: 'max_tokens', code: 400 },
        message: `'max_tokens' or 'max_completion_tokens' is too large: 16. This model's maximum context length is 2048 tokens and your request has 2040 input tokens (16 > 2048 - 2040).`,
      },
    ],
    [
      "TGI's context",
      { message: 'Given: 4090 `inputs` tokens and 16 `max_new_tokens`; `inputs` tokens + `max_new_tokens` must be <= 4096.' },
    ],
    ["TGI's limit of a prompt", { message: '`inputs` must have less than 2048 tokens. Given: 3000' }],
    ["OpenAI's text of a message", { message: 'Invalid content: string too long.', code: 'string_above_max_length' }],
    [
      "Azure's filter",
      {
        ...{ message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy." },
        ...{ code: 'content_filter', param: 'prompt', innererror: { code: 'ResponsibleAIPolicyViolation' } },
      },
    ],
    ["Azure's filter, by its inner code", { message: 'No.', code: 'bad_request', innererror: { code: 'ResponsibleAIPolicyViolation' } }],
    ["OpenAI's filter", { message: 'Invalid prompt: it may violate the usage policy.', code: 'invalid_prompt' }],
    ["Moonshot's filter", { message: 'The request was rejected because it was considered high risk', type: 'content_filter' }],
    [
      "OpenRouter's moderation",
      { message: 'Input needs another model.', code: 403, metadata: { reasons: ['violence'], flagged_input: 'q' } },
    ],
    ['a filter in words', { message: 'Your chosen model requires moderation and your input was flagged', code: 403 }],
  ])('leaves out a row that %s refuses, and answers the others', async (_, error) => {
    const status = 'code' in error && error.code === 403 ? 403 : 400
    const { engine, server } = await opened({ fault: (_n, { text }) => (text === 'question 1' ? { status, error } : undefined) })
    const left: LeftOutRow[] = []
    expect((await generate(engine, 3, 1, (row) => void left.push(row))).map(({ row }) => row)).toEqual([0, 2])
    expect(left).toEqual([{ row: 1, leftOut: `${status} ${(error as { message: string }).message}` }])
    const asked = ['question 1', 'question 2'].map((prompt) => ({ input: { prompt }, choices: ['Yes', 'No'] }))
    const scores = engine.score(
      { model: 'x', rows: asked, top: 0, choicesOnly: true, batch: 8 },
      { onLeftOut: (row) => void left.push(row) },
    )
    expect((await Array.fromAsync(scores)).map(({ row }) => row)).toEqual([1])
    expect(left.map(({ row }) => row)).toEqual([1, 0])
    expect(server.seen).toHaveLength(5)
  })

  it.each<[string, object]>([
    [
      'OpenAI',
      {
        ...{ param: 'max_tokens', code: 'invalid_value' },
        message: 'max_tokens is too large: 16. This model supports at most 8 completion tokens, whereas you provided 16.',
      },
    ],
    ['Anthropic', { message: 'max_tokens: 16 > 8, which is the maximum allowed number of output tokens for this model' }],
    ['OpenRouter', { message: 'Too many tokens.', code: 'max_tokens_exceeded' }],
    [
      'vLLM',
      {
        message: `This model's maximum context length is 16 tokens. However, you requested 18 tokens (2 in the messages, 16 in the completion).`,
      },
    ],
  ])('ends with one error if the limit of a response is more than the model of %s has: no row could be answered', async (_, error) => {
    const { engine, server } = await opened({ fault: () => ({ status: 400, error }) }, { concurrency: 1 })
    const left: LeftOutRow[] = []
    await expect(generate(engine, 3, 1, (row) => void left.push(row))).rejects.toMatchObject({
      ...{ code: 'BAD_INPUT', message: expect.stringContaining((error as { message: string }).message) },
      remedy: expect.stringContaining('max_new_tokens'),
    })
    expect([left.length, server.seen.length]).toEqual([0, 1])
  })

  it('leaves out a row whose first token the content filter withholds', async () => {
    const { engine } = await opened({ hasLogprobs: false, finishReason: () => 'content_filter' })
    const left: LeftOutRow[] = []
    const asked = [{ input: { prompt: 'good?' }, choices: ['Yes', 'No'] }]
    const scores = engine.score(
      { model: 'x', rows: asked, top: 0, choicesOnly: true, batch: 8 },
      { onLeftOut: (row) => void left.push(row) },
    )
    expect(await Array.fromAsync(scores)).toEqual([])
    expect(left).toEqual([{ row: 0, leftOut: "the server's content filter refused it" }])
  })

  it('says what a filter refuses where no row can be left out', async () => {
    const error = { message: 'The prompt was filtered.', code: 'content_filter' }
    const { engine } = await opened({ fault: () => ({ status: 400, error }) })
    await expect(generate(engine, 1)).rejects.toMatchObject({
      message: expect.stringContaining('was filtered'),
      remedy: 'Change the text.',
    })
    const ended = await opened({ finishReason: () => 'content_filter' })
    await expect(generate(ended.engine, 1)).rejects.toMatchObject({
      message: "Engine big gives no response: the server's content filter refused it.",
      remedy: 'Change the text.',
    })
  })

  it("sends nothing about this machine, and nothing from variables that are meant for OpenAI's own server", async () => {
    const before = { ...process.env }
    Object.assign(process.env, { OPENAI_API_KEY: 'sk-of-another', OPENAI_ORG_ID: 'org-x', OPENAI_CUSTOM_HEADERS: 'x-secret: 1' })
    try {
      const { engine, server } = await opened()
      await generate(engine, 1)
      const { headers } = server.seen[0]
      expect(headers.authorization).toBeUndefined()
      expect(Object.keys(headers).filter((name) => /stainless|openai|secret/.test(name))).toEqual([])
      expect(headers['user-agent']).toBe('laurel')
    } finally {
      for (const name of ['OPENAI_API_KEY', 'OPENAI_ORG_ID', 'OPENAI_CUSTOM_HEADERS']) {
        if (before[name] === undefined) delete process.env[name]
      }
    }
  })
})
