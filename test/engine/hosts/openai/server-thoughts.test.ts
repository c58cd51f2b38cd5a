import { describe, expect, it } from 'vitest'
import type { LeftOutRow } from '../../../../main/shared/engine-protocol.ts'
import { generate, opened, rows, sampling } from '../../../support/opened-server.ts'

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
    await expect(Array.fromAsync(streamed)).rejects.toMatchObject({
      message: expect.stringContaining("the model's thoughts took all 16 tokens"),
    })
    const brief = await opened({ thinks: { tokens: 5, place } })
    const [item] = await Array.fromAsync(brief.engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} }))
    expect(item.text).toBe('one two three four five ')
  })

  it('can’t be asked for the probability of a first token', async () => {
    const { engine } = await opened({ thinks: { tokens: 40, place: 'reasoning_content' } })
    const asked = [{ input: { prompt: 'good?' }, choices: ['Yes', 'No'] }]
    await expect(Array.fromAsync(engine.score({ model: 'x', rows: asked, top: 0, choicesOnly: true, batch: 8 }))).rejects.toMatchObject({
      ...{ code: 'UNSUPPORTED', message: expect.stringContaining('its model thinks before it answers') },
    })
  })
})

it('sends the extra fields of its settings with every request', async () => {
  const extra = { reasoning_effort: 'low', chat_template_kwargs: { enable_thinking: false } }
  const { engine, server } = await opened({}, { extra })
  await generate(engine, 1)
  await Array.fromAsync(engine.generate({ model: 'x', rows: rows(1), sampling, batch: 1 }, { onPiece: () => {} }))
  await Array.fromAsync(
    engine.score({ model: 'x', rows: [{ input: { prompt: 'good?' }, choices: ['Yes', 'No'] }], top: 0, choicesOnly: true, batch: 8 }),
  )
  await Array.fromAsync(engine.generate({ model: 'x', rows: [{ input: { text: 'plain' }, seeds: [1] }], sampling, batch: 1 }))
  expect(server.seen.map(({ body }) => [body.reasoning_effort, body.chat_template_kwargs])).toEqual(Array(4).fill(Object.values(extra)))
})
