import { afterEach, describe, expect, it } from 'vitest'
import { testServer } from '../../../main/engine/hosts/openai/test-server.ts'
import { servedJudges } from '../../../main/loop/recipe/engine-problems.ts'
import { type EngineTest, type OpenaiSettings, openaiSettings } from '../../../main/shared/engine-settings.ts'
import { ownFields } from '../../../main/shared/extra-fields.ts'
import { type StandInServer, type StandInServerOptions, standInServer } from '../../support/stand-in-server.ts'

const open: StandInServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const never = new AbortController().signal
async function tested(options: StandInServerOptions, changes: Partial<OpenaiSettings> = {}): Promise<EngineTest> {
  const server = await standInServer(options)
  open.push(server)
  const settings = openaiSettings.parse({ kind: 'openai', address: server.address, model: 'big-model', retries: 0, ...changes })
  return testServer({ name: 'big', settings, key: null, pause: async () => {} }, never)
}
const served = ({ abilities }: EngineTest): string[] =>
  servedJudges(abilities!).flatMap(({ method, lacks }) => (lacks === null ? [method] : []))

describe('the test of a server', () => {
  it('finds what it has, its speed, and the judges that it can serve', async () => {
    const test = await tested({ hasPromptLogprobs: true })
    expect(test).toMatchObject({
      ...{ model: 'big-model', models: ['big-model'], notes: [] },
      abilities: { chat: true, completions: true, logprobs: 12, prompt_logprobs: 'chat', continues: true, several: true, seed: true },
    })
    expect(test.latency_ms).toBeGreaterThan(0)
    expect(test.tokens_per_second).toBeGreaterThan(0)
    expect(served(test)).toEqual(['additive', 'expected', 'yes', 'checklist', 'pairwise', 'contrast'])
  })

  it('counts only what the server does: parameters that it accepts and ignores are none', async () => {
    const test = await tested({ ignoresN: true, hasLogprobs: false, continues: false, reply: () => 'always the same' })
    expect(test.abilities).toMatchObject({ logprobs: 0, prompt_logprobs: null, continues: false, several: false, seed: false })
    expect(test.abilities?.guided_choice).toBe(false)
    expect(served(test)).toEqual(['additive'])
  })

  it('names the models of the server if the one that was set isn’t among them', async () => {
    expect((await tested({}, { model: 'other' })).notes).toEqual(["The server doesn't list the model other, but big-model."])
  })

  it('says what a server refuses, and that one without messages can serve nothing', async () => {
    const partly = await tested({ fault: (_, { body }) => (body.logprobs === undefined ? undefined : { status: 400 }) })
    expect(partly.abilities?.logprobs).toBe(0)
    expect(partly.notes.join()).toContain('Without log-probabilities')
    const none = await tested({ fault: () => ({ status: 404, error: { message: 'Not Found' } }) })
    expect(none.abilities).toBeNull()
  })

  it('needs no list of models, and says once what is refused however often it is asked', async () => {
    const refuses = ['continue_final_message']
    const { abilities, models, notes } = await tested({ listing: { status: 500 }, refuses })
    expect([abilities?.chat, abilities?.continues, models]).toEqual([true, false, []])
    expect(notes.map((note) => note.split(':')[0])).toEqual(['The server lists no models.', 'Without continuing a response'])
  })

  it.each(['reasoning_content', 'reasoning', 'hidden', 'text'] as const)(
    'says that a model thinks before it answers (%s), and which judges it can therefore not serve',
    async (place) => {
      const test = await tested({ hasPromptLogprobs: true, thinks: { tokens: 500, place } })
      expect(test.abilities).toMatchObject({ chat: true, thinks: true, logprobs: 0 })
      expect(test.notes[0]).toMatch(/^It thinks before it answers\..*laurel engine edit big --extra/)
      expect(test.notes.some((note) => note.includes('--reasoning-parser'))).toBe(place === 'text')
      expect(served(test)).toEqual(['additive', 'contrast'])
      const { lacks } = servedJudges(test.abilities!).find(({ method }) => method === 'yes')!
      expect(lacks).toBe('first token to judge by: its model thinks before it answers')
    },
  )

  it('finds a model that doesn’t think if its extra fields say so', async () => {
    const test = await tested({ thinks: { tokens: 500, place: 'reasoning' } }, { extra: { reasoning_effort: 'none' } })
    expect(test).toMatchObject({ abilities: { thinks: false, logprobs: 12 }, notes: [] })
  })

  it('finds a model that thinks where OpenAI refuses a limit that its thoughts have used up', async () => {
    const error = { message: 'Could not finish the message because max_tokens or model output limit was reached.' }
    expect((await tested({ fault: () => ({ status: 400, error }) })).abilities).toMatchObject({ chat: true, thinks: true })
  })

  it('counts no log-probabilities if neither yes nor no is among the first tokens, and shows those', async () => {
    const { abilities, notes } = await tested({ firstTokens: ['The', 'It', 'Well'] })
    expect(abilities).toMatchObject({ logprobs: 0, thinks: false })
    expect(notes).toEqual(['Asked for yes or no, its first token is neither: "The", "It", "Well" are the likeliest.'])
  })

  it('says that a server refuses the sampling of most recipes', async () => {
    const error = { message: "Unsupported value: 'temperature' does not support 0.7 with this model." }
    const { notes } = await tested({ fault: (_, { body }) => (body.temperature === 0.7 ? { status: 400, error } : undefined) })
    expect(notes).toEqual([
      expect.stringMatching(/^Without sampling as most recipes do \(temperature 0.7, top_p 0.9\): .*does not support 0.7/),
    ])
  })

  it('sets no field that extra fields may set', async () => {
    const server = await standInServer({ hasPromptLogprobs: true })
    open.push(server)
    const settings = openaiSettings.parse({ kind: 'openai', address: server.address, model: 'big-model', retries: 0 })
    await testServer({ name: 'big', settings, key: null }, never)
    expect(server.seen.flatMap(({ body }) => Object.keys(body)).filter((name) => !ownFields.includes(name))).toEqual([])
  })

  it('ends with where a server redirects to, which gets nothing', async () => {
    const elsewhere = await standInServer()
    open.push(elsewhere)
    const redirect = { status: 308, headers: { location: `${elsewhere.address}/models?token=x` } }
    await expect(tested({ listing: redirect })).rejects.toMatchObject({
      ...{ code: 'BAD_INPUT', message: expect.stringMatching(new RegExp(`redirects to ${elsewhere.address}/models[.,]`)) },
      remedy: expect.stringContaining('laurel engine edit big --address'),
    })
    const later = tested({ fault: () => ({ ...redirect, headers: { location: '/elsewhere' } }) })
    await expect(later).rejects.toMatchObject({ message: expect.stringMatching(/redirects to http:\/\/127.0.0.1:\d+\/elsewhere,/) })
    expect(elsewhere.seen).toEqual([])
  })

  it('can’t reach a server that is down, and says so', async () => {
    const settings = openaiSettings.parse({ kind: 'openai', address: 'http://127.0.0.1:9/v1', model: 'x', retries: 0 })
    await expect(testServer({ name: 'big', settings, key: null }, never)).rejects.toMatchObject({ code: 'NETWORK' })
  })

  it.each([
    ['for its models', { listing: 'silence' }],
    ['for its models, after the headers', { listing: 'stall' }],
    ['for a response', { fault: () => 'silence' }],
  ] as const)('ends with what is wrong if the server never answers a request %s', async (_, options) => {
    let expire = (): void => {}
    const server = await standInServer({ ...options, onStall: () => expire() })
    open.push(server)
    const settings = openaiSettings.parse({ kind: 'openai', address: server.address, model: 'big-model', retries: 0, timeout: 7 })
    const startTimer = (_ms: number, over: () => void): (() => void) => {
      expire = over
      return () => {}
    }
    await expect(testServer({ name: 'big', settings, key: null, startTimer }, never)).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('no answer within 7 s'),
    })
  })

  it('stops when the user stops it', async () => {
    const server = await standInServer()
    open.push(server)
    const settings = openaiSettings.parse({ kind: 'openai', address: server.address, model: 'big-model' })
    await expect(testServer({ name: 'big', settings, key: null }, AbortSignal.abort())).rejects.toThrow()
  })
})
