import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../main/common/secret.ts'
import type { Engine } from '../../../main/engine/hosts/engine.ts'
import { openaiEngine } from '../../../main/engine/hosts/openai/openai-engine.ts'
import type { RequestUsage } from '../../../main/engine/hosts/reporting-engine.ts'
import type { GenerateItem, GeneratePiece, LeftOutRow } from '../../../main/shared/engine-protocol.ts'
import { type EngineAbilities, type OpenaiSettings, openaiSettings } from '../../../main/shared/engine-settings.ts'
import { toErrorValue } from '../../../main/shared/errors.ts'
import { serverEngine } from '../../support/configured-engines.ts'
import { type Fault, type StandInServer, type StandInServerOptions, standInServer } from '../../support/stand-in-server.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const opened of open.splice(0)) await opened.close()
})

interface Opened {
  readonly server: StandInServer
  readonly engine: Engine
  readonly pauses: number[]
  /** The seconds that requests were given. */
  readonly limits: readonly number[]
  readonly usage: RequestUsage[]
}

/** Limits of time that are over once the server has stalled and what it sent has arrived. */
function limitsWithoutWaiting() {
  const open = new Set<() => void>()
  const limits: number[] = []
  return {
    limits,
    startTimer(ms: number, expire: () => void) {
      limits.push(ms / 1000)
      open.add(expire)
      return () => void open.delete(expire)
    },
    async onStall() {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
      for (const expire of open) expire()
    },
  }
}

/** Keeps the first `count` that come until all of them are there. */
function barrier(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let come = 0
  return () => {
    if (++come >= count) resolve()
    return promise
  }
}

async function opened(
  options: StandInServerOptions = {},
  settings: Partial<OpenaiSettings> = {},
  { has = {}, key = null }: { readonly has?: Partial<EngineAbilities> | null; readonly key?: string | null } = {},
): Promise<Opened> {
  const { limits, startTimer, onStall } = limitsWithoutWaiting()
  const server = await standInServer({ ...options, onStall: () => void onStall() })
  const pauses: number[] = []
  const usage: RequestUsage[] = []
  const engine = openaiEngine(
    {
      name: 'big',
      settings: openaiSettings.parse({ kind: 'openai', address: server.address, model: 'big-model', ...settings }),
      key: key === null ? null : new Secret(key),
      onUsage: (of) => void usage.push(of),
      pause: async (ms) => void pauses.push(ms),
      startTimer,
      random: () => 1,
    },
    serverEngine('big', has).test,
  )
  open.push(server, engine)
  return { server, engine, pauses, limits, usage }
}

const sampling = { greedy: false, temperature: 0.7, topP: 0.9, topK: 0, maxNewTokens: 16, minNewTokens: 0, stop: [] }
const rows = (n: number, samples = 1) =>
  Array.from({ length: n }, (_, i) => ({
    input: { prompt: `question ${i}` },
    seeds: Array.from({ length: samples }, (_, s) => 10 * i + s),
  }))

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}
const generate = async (engine: Engine, n: number, samples = 1, onLeftOut?: (row: LeftOutRow) => void): Promise<GenerateItem[]> => {
  const items = await all(engine.generate({ model: '/of/the/run', rows: rows(n, samples), sampling, batch: 64 }, { onLeftOut }))
  return items.sort((a, b) => a.row - b.row || a.sample - b.sample)
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
    const items = await all(engine.generate({ model: 'x', rows: rows(2, 3), sampling: { ...sampling, greedy: true }, batch: 8 }))
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
    expect(await all(engine.generate({ model: 'x', rows: rows(8), sampling, batch: 8 }, { onPiece: () => {} }))).toHaveLength(8)
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
    expect(await all(engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} }))).toHaveLength(1)
    expect(server.seen.map(({ body }) => ['max_tokens' in body, 'stream_options' in body])).toEqual([[true, true], [false, true], [false, false]]) // biome-ignore format: a list of pairs
  })

  describe('whose model has one way of sampling', () => {
    const error = { message: "Unsupported parameter: 'top_p' is not supported with this model.", param: 'top_p' }
    const refusing: StandInServerOptions = { fault: (_, { body }) => ('top_p' in body ? { status: 400, error } : undefined) }

    it('is asked without top_p where that cuts nothing off', async () => {
      const { engine, server } = await opened(refusing, { concurrency: 1, retries: 0 })
      expect(await all(engine.generate({ model: 'x', rows: rows(2), sampling: { ...sampling, topP: 1 }, batch: 1 }))).toHaveLength(2)
      expect(server.seen.map(({ body }) => body.top_p)).toEqual([1, undefined, undefined])
    })

    it('ends the work with what to set where the recipe cuts something off', async () => {
      const { engine } = await opened(refusing, { retries: 0 })
      await expect(
        all(engine.generate({ model: 'x', rows: rows(2), sampling: { ...sampling, topP: 0.9 }, batch: 1 })),
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
    expect((await all(scores)).map(({ row }) => row)).toEqual([1])
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
    expect(await all(scores)).toEqual([])
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

describe('a server that fails', () => {
  it.each([
    ['answers 429', { status: 429 }],
    ['answers 500', { status: 500 }],
    ['answers 503', { status: 503 }],
    ['closes the connection', 'close'],
    ['cuts its answer off', 'cut'],
    ['answers with a page', 'html'],
    ['answers with damaged JSON', 'not-json'],
    ['answers with JSON of another form', 'wrong-form'],
    ['never answers', 'silence'],
    ['stalls after the headers', 'stall'],
    ['stalls in the middle of its answer', 'stall-midway'],
  ] as const)('and %s for a while is asked again, after longer and longer pauses', async (_, fault) => {
    const { engine, server, pauses } = await opened({ fault: (n) => (n < 3 ? fault : undefined) })
    expect(await generate(engine, 1)).toHaveLength(1)
    expect(server.seen).toHaveLength(4)
    expect(pauses).toEqual([500, 1000, 2000])
  })

  it('gets the pause that it asks for, from every request', async () => {
    const { engine, pauses, server } = await opened(
      { fault: (n) => (n === 0 ? { status: 429, headers: { 'retry-after': '20' } } : undefined) },
      { concurrency: 1 },
    )
    await generate(engine, 2)
    expect(server.seen).toHaveLength(3)
    expect(pauses[0]).toBe(20_000)
    expect(pauses.slice(1).every((ms) => ms > 19_000)).toBe(true) // the pause of this test doesn't wait, so all later requests still see it
  })

  it('in a storm of 429 ends the work with what it takes to continue, once the attempts are used up', async () => {
    const { engine, server } = await opened({ fault: () => ({ status: 429 }) }, { retries: 4 })
    await expect(generate(engine, 1)).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(/^Couldn't get an answer from engine big \(http.*\) after 5 attempts: 429 injected$/),
      remedy: expect.stringContaining('what it has answered is stored'),
    })
    expect(server.seen).toHaveLength(5)
  })

  it.each(['silence', 'stall', 'stall-midway'] as const)('and stalls (%s) every time ends the work with what to do', async (fault) => {
    const { engine, limits } = await opened({ fault: () => fault }, { retries: 1, timeout: 7 })
    await expect(generate(engine, 1)).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(/after 2 attempts: no answer within 7 s$/),
      remedy: expect.stringMatching(/give it more time \(laurel engine edit \S+ --timeout 300\), send it fewer requests at a time/),
    })
    expect(limits).toEqual([7, 7])
    const patient = await opened({ fault: () => fault }, { retries: 0 })
    await expect(generate(patient.engine, 1)).rejects.toMatchObject({ remedy: expect.not.stringContaining('--timeout') })
  })

  it('and has no such model says so, and isn’t asked again', async () => {
    const { engine, server } = await opened({ fault: () => ({ status: 404, error: { message: 'The model big-model does not exist' } }) })
    await expect(generate(engine, 1)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('has no model big-model'),
    })
    expect(server.seen).toHaveLength(1)
  })

  it('and answers with another model than before ends the work: rewards of two judges can’t be compared', async () => {
    let model = 'big-model'
    const { engine } = await opened({ model: () => model })
    await generate(engine, 1)
    model = 'cheap-model'
    await expect(generate(engine, 1)).rejects.toMatchObject({
      message: 'Engine big answers with the model cheap-model, but it was big-model before.',
    })
  })

  it.each([301, 302, 303, 307, 308])('and redirects (%i) sends neither texts nor the key elsewhere, and says where to', async (status) => {
    const elsewhere = await standInServer()
    open.push(elsewhere)
    const { engine, server } = await opened(
      { fault: () => ({ status, headers: { location: `${elsewhere.address}/chat/completions` } }) },
      {},
      { key: 'sk-very-secret-0123456789' },
    )
    const isNamed = {
      ...{ code: 'BAD_INPUT', message: expect.stringContaining(`redirects to ${elsewhere.address}/chat/completions`) },
      remedy: expect.stringContaining('laurel engine edit big --address'),
    }
    await expect(generate(engine, 1)).rejects.toMatchObject(isNamed)
    await expect(all(engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} }))).rejects.toMatchObject(
      isNamed,
    )
    expect([server.seen.length, elsewhere.seen.length]).toEqual([2, 0])
  })

  it('and refuses the key never has the key in its error', async () => {
    const key = 'sk-very-secret-0123456789'
    const { engine } = await opened({ key: 'another' }, {}, { key })
    const error = await generate(engine, 1).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'BAD_INPUT', remedy: expect.stringContaining('laurel engine key big') })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error as object))).not.toContain(key)
    expect(String((error as Error).stack)).not.toContain(key)
    expect(String(error)).toContain('[secret]')
  })

  it('never shows the key in an error that isn’t the server’s: a header that can’t be sent quotes it', async () => {
    const key = 'sk-very-secret\n0123456789'
    const { engine } = await opened({}, {}, { key })
    const error = await generate(engine, 1).catch((thrown: unknown) => thrown)
    const shown = JSON.stringify([toErrorValue(error), String((error as Error).stack), inspect(error)])
    expect(shown).toContain('invalid header value')
    expect(shown).not.toContain('sk-very-secret')
  })
})

describe('a streamed response', () => {
  const stream = async (engine: Engine): Promise<{ items: GenerateItem[]; shown: string }> => {
    let shown = ''
    const onPiece = ({ at, text }: GeneratePiece): void => {
      shown = shown.slice(0, at) + text
    }
    const items = await all(engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece }))
    return { items, shown }
  }

  it.each<[string, Fault]>([
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ...(['silence', 'stall', 'stall-midway', 'close', 'interrupt', 'cut', 'html', 'not-json', 'wrong-form', 'error'] as const).map(
      (fault): [string, Fault] => [fault, fault],
    ),
  ])('that fails (%s) begins again, and replaces what was shown', async (_, fault) => {
    const { engine, server, usage, pauses } = await opened({ fault: (n) => (n < 2 ? fault : undefined) })
    const { items, shown } = await stream(engine)
    expect([items[0].text, shown]).toEqual(['one two three four five ', 'one two three four five '])
    expect(items[0]).toMatchObject({ newTokens: 5, finishReason: 'stop' })
    expect(server.seen).toHaveLength(3)
    expect(pauses).toEqual([500, 1000])
    expect(usage).toMatchObject([{ requests: 1, retries: 2, newTokens: 5 }])
  })

  it('is counted in pieces if the server doesn’t count its tokens', async () => {
    const { engine, usage } = await opened({ isUncounted: true })
    expect((await stream(engine)).items[0]).toMatchObject({ newTokens: 5, promptTokens: 0 })
    expect(usage).toMatchObject([{ requests: 1, promptTokens: 0, newTokens: 5 }])
  })

  it('has the time of a request until it begins, and from each piece to the next', async () => {
    const { engine, limits } = await opened({}, { timeout: 7 })
    await stream(engine)
    expect(limits.length).toBeGreaterThan(5) // five words
    expect(new Set(limits)).toEqual(new Set([7]))
  })

  it.each(['silence', 'stall', 'stall-midway'] as const)('that stalls (%s) every time ends with what to do', async (fault) => {
    const { engine } = await opened({ fault: () => fault }, { retries: 1, timeout: 7 })
    await expect(stream(engine)).rejects.toMatchObject({ code: 'NETWORK', message: expect.stringMatching(/no answer within 7 s$/) })
  })
})

describe('stopping work on a server', () => {
  it('begins no further request, keeps what those in flight bring, and then says that it stopped', async () => {
    const stop = new AbortController()
    const { engine, server } = await opened({}, { concurrency: 2 })
    const items: GenerateItem[] = []
    const work = async (): Promise<void> => {
      for await (const item of engine.generate({ model: 'x', rows: rows(20), sampling, batch: 64 }, { signal: stop.signal })) {
        items.push(item)
        stop.abort()
      }
    }
    await expect(work()).rejects.toMatchObject({ code: 'STOPPED' })
    expect(items.length).toBe(server.seen.length)
    expect(items.length).toBeLessThan(6)
  })
})

describe('a model that thinks before it answers', () => {
  const places = ['reasoning_content', 'reasoning', 'hidden', 'text'] as const

  it.each(places)('whose thoughts (%s) take the whole response leaves the row out, and its tokens are counted', async (place) => {
    const { engine, usage } = await opened({ thinks: { tokens: 40, place } })
    const left: LeftOutRow[] = []
    expect(await generate(engine, 1, 1, (row) => void left.push(row))).toEqual([])
    expect(left).toEqual([{ row: 0, leftOut: "the model's thoughts took all 16 tokens (max_new_tokens)" }])
    expect(usage).toMatchObject([{ requests: 1, newTokens: 4 }])
    await expect(generate(engine, 1)).rejects.toMatchObject({
      message: "Engine big gives no response: the model's thoughts took all 16 tokens (max_new_tokens).",
      remedy: expect.stringContaining('--extra'),
    })
  })

  it('answers without its thoughts if the limit leaves room', async () => {
    const { engine } = await opened({ thinks: { tokens: 5, place: 'reasoning' }, reply: () => 'Yes.' })
    expect((await generate(engine, 1)).map(({ text }) => text)).toEqual(['Yes.'])
  })

  it('leaves a row out where OpenAI refuses a limit that its thoughts have used up', async () => {
    const message =
      'Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens.'
    const { engine } = await opened({ fault: () => ({ status: 400, error: { message } }) })
    const left: LeftOutRow[] = []
    expect(await generate(engine, 1, 1, (row) => void left.push(row))).toEqual([])
    expect(left).toEqual([{ row: 0, leftOut: `400 ${message}` }])
  })

  it.each(['reasoning_content', 'reasoning'] as const)('says so in a streamed answer too (%s)', async (place) => {
    const { engine } = await opened({ thinks: { tokens: 40, place } })
    const streamed = engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} })
    await expect(all(streamed)).rejects.toMatchObject({ message: expect.stringContaining("the model's thoughts took all 16 tokens") })
    const brief = await opened({ thinks: { tokens: 5, place } })
    const [item] = await all(brief.engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} }))
    expect(item.text).toBe('one two three four five ')
  })

  it('can’t be asked for the probability of a first token', async () => {
    const { engine } = await opened({ thinks: { tokens: 40, place: 'reasoning_content' } })
    const asked = [{ input: { prompt: 'good?' }, choices: ['Yes', 'No'] }]
    await expect(all(engine.score({ model: 'x', rows: asked, top: 0, choicesOnly: true, batch: 8 }))).rejects.toMatchObject({
      ...{ code: 'UNSUPPORTED', message: expect.stringContaining('its model thinks before it answers') },
    })
  })
})

it('sends the extra fields of its settings with every request', async () => {
  const extra = { reasoning_effort: 'low', chat_template_kwargs: { enable_thinking: false } }
  const { engine, server } = await opened({}, { extra })
  await generate(engine, 1)
  await all(engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} }))
  await all(
    engine.score({ model: 'x', rows: [{ input: { prompt: 'good?' }, choices: ['Yes', 'No'] }], top: 0, choicesOnly: true, batch: 8 }),
  )
  await all(engine.generate({ model: 'x', rows: [{ input: { text: 'plain' }, seeds: [1] }], sampling, batch: 1 }))
  expect(server.seen.map(({ body }) => [body.reasoning_effort, body.chat_template_kwargs])).toEqual(Array(4).fill(Object.values(extra)))
})

describe('scoring on a server', () => {
  const ask = (prompt: string, choices = ['Yes', 'No']) => ({ input: { prompt }, choices })

  it('gives choices the probabilities of the first token of a response', async () => {
    const { engine, server } = await opened()
    const [item] = await all(engine.score({ model: 'x', rows: [ask('good?')], top: 0, choicesOnly: true, batch: 8 }))
    expect(server.seen[0].body).toMatchObject({ max_tokens: 1, temperature: 1, logprobs: true, top_logprobs: 20 })
    expect(item.choiceIds).toEqual([0, 1])
    expect(item.choiceLogprobs?.at(-1)?.every((logprob) => logprob < 0 && Number.isFinite(logprob))).toBe(true)
    expect(item.promptTokens).toBe(4)
  })

  it('continues a response that starts with given words, where the server can', async () => {
    const row = { ...ask('good?', ['0', '1']), continuation: 'Score: ' }
    const { engine, server } = await opened()
    await all(engine.score({ model: 'x', rows: [row], top: 0, choicesOnly: true, batch: 8 }))
    expect(server.seen[0].body).toMatchObject({ continue_final_message: true, add_generation_prompt: false })
    expect(server.seen[0].body.messages).toEqual([
      { role: 'user', content: 'good?' },
      { role: 'assistant', content: 'Score: ' },
    ])
    const unable = await opened({}, {}, { has: { continues: false } })
    await expect(all(unable.engine.score({ model: 'x', rows: [row], top: 0, choicesOnly: true, batch: 8 }))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
  })

  it('sums the log-probabilities of a given response, whose prompt it asks for once', async () => {
    const { engine, server } = await opened({ hasPromptLogprobs: true })
    const given = ['one two three', 'one four'].map((continuation) => ({ input: { prompt: 'count to three' }, continuation }))
    const items = await all(engine.score({ model: 'x', rows: given, top: 0, batch: 8 }))
    const own = items.toSorted((a, b) => a.row - b.row).map((item) => item.tokenLogprobs.slice(item.continuationStart - 1))
    expect(own.map(({ length }) => length)).toEqual([3, 2])
    expect(own[0][0]).toBe(own[1][0]) // "one" after the same prompt
    expect(server.seen).toHaveLength(3)
  })

  it('says so if the server gives no log-probabilities after all', async () => {
    const { engine } = await opened({ hasLogprobs: false })
    await expect(all(engine.score({ model: 'x', rows: [ask('good?')], top: 0, choicesOnly: true, batch: 8 }))).rejects.toMatchObject({
      message: expect.stringContaining('answers without any'),
    })
  })
})

it('refuses what needs the models of the run', async () => {
  const { engine } = await opened()
  await expect(engine.render({ model: 'x', messages: [], addGenerationPrompt: true })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  await expect(engine.tokenize({ model: 'x', texts: [], special: false })).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  const ids = { model: 'x', rows: [{ input: { inputIds: [1] }, seeds: [1] }], sampling, batch: 1 }
  expect(() => engine.generate(ids)).toThrow(/token ids/)
})
