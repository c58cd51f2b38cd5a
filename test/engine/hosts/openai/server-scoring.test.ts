import { describe, expect, it } from 'vitest'
import { opened, sampling } from '../../../support/opened-server.ts'

describe('scoring on a server', () => {
  const ask = (prompt: string, choices = ['Yes', 'No']) => ({ input: { prompt }, choices })

  it('gives choices the probabilities of the first token of a response', async () => {
    const { engine, server } = await opened()
    const [item] = await Array.fromAsync(engine.score({ model: 'x', rows: [ask('good?')], top: 0, choicesOnly: true, batch: 8 }))
    expect(server.seen[0].body).toMatchObject({ max_tokens: 1, temperature: 1, logprobs: true, top_logprobs: 20 })
    expect(item.choiceIds).toEqual([0, 1])
    expect(item.choiceLogprobs?.at(-1)?.every((logprob) => logprob < 0 && Number.isFinite(logprob))).toBe(true)
    expect(item.promptTokens).toBe(4)
  })

  it('continues a response that starts with given words, where the server can', async () => {
    const row = { ...ask('good?', ['0', '1']), continuation: 'Score: ' }
    const { engine, server } = await opened()
    await Array.fromAsync(engine.score({ model: 'x', rows: [row], top: 0, choicesOnly: true, batch: 8 }))
    expect(server.seen[0].body).toMatchObject({ continue_final_message: true, add_generation_prompt: false })
    expect(server.seen[0].body.messages).toEqual([
      { role: 'user', content: 'good?' },
      { role: 'assistant', content: 'Score: ' },
    ])
    const unable = await opened({}, {}, { has: { continues: false } })
    await expect(
      Array.fromAsync(unable.engine.score({ model: 'x', rows: [row], top: 0, choicesOnly: true, batch: 8 })),
    ).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
  })

  it('sums the log-probabilities of a given response, whose prompt it asks for once', async () => {
    const { engine, server } = await opened({ hasPromptLogprobs: true })
    const given = ['one two three', 'one four'].map((continuation) => ({ input: { prompt: 'count to three' }, continuation }))
    const items = await Array.fromAsync(engine.score({ model: 'x', rows: given, top: 0, batch: 8 }))
    const own = items.toSorted((a, b) => a.row - b.row).map((item) => item.tokenLogprobs.slice(item.continuationStart - 1))
    expect(own.map(({ length }) => length)).toEqual([3, 2])
    expect(own[0][0]).toBe(own[1][0]) // "one" after the same prompt
    expect(server.seen).toHaveLength(3)
  })

  it('says so if the server gives no log-probabilities after all', async () => {
    const { engine } = await opened({ hasLogprobs: false })
    await expect(
      Array.fromAsync(engine.score({ model: 'x', rows: [ask('good?')], top: 0, choicesOnly: true, batch: 8 })),
    ).rejects.toMatchObject({
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
