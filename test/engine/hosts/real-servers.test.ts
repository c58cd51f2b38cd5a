import { expect } from 'vitest'
import { openaiEngine } from '../../../main/engine/hosts/openai/openai-engine.ts'
import { testServer } from '../../../main/engine/hosts/openai/test-server.ts'
import { servedJudges } from '../../../main/loop/recipe/engine-problems.ts'
import { openaiSettings } from '../../../main/shared/engine-settings.ts'
import { needing, realServer, realServers } from '../../support/needs.ts'

const never = new AbortController().signal
const sampling = { greedy: true, temperature: 0, topP: 1, topK: 0, maxNewTokens: 8, minNewTokens: 0, stop: [] }

/** For servers that run already: vLLM, llama.cpp, `transformers serve`. */
needing(realServer).test.each(realServers.length > 0 ? realServers : [{ address: 'none', model: 'none' }])(
  'a real server at $address does what its test says that it does',
  async ({ address, model }) => {
    const access = { name: 'real', settings: openaiSettings.parse({ kind: 'openai', address, model, concurrency: 2 }), key: null }
    const test = await testServer(access, never)
    const { abilities } = test
    expect(abilities?.chat).toBe(true)
    const engine = openaiEngine(access, test)
    const rows = ['Say hello.', 'Name a color.'].map((prompt, i) => ({ input: { prompt }, seeds: [i, i + 10] }))
    const items = await Array.fromAsync(engine.generate({ model: 'x', rows, sampling, batch: 8 }))
    expect(items.map(({ row, sample }) => `${row} ${sample}`).toSorted()).toEqual(['0 0', '0 1', '1 0', '1 1'])
    expect(items.every(({ text }) => text.length > 0)).toBe(true)
    const shown = new Map<number, string>()
    const streamed = engine.generate(
      { model: 'x', rows, sampling, batch: 8 },
      { onPiece: ({ row, at, text }) => void shown.set(row, (shown.get(row) ?? '').slice(0, at) + text) },
    )
    for (const { row, text } of await Array.fromAsync(streamed)) expect(shown.get(row)).toBe(text)
    expect(shown.size).toBe(2)
    const served = servedJudges(abilities!).flatMap(({ method, lacks }) => (lacks === null ? [method] : []))
    const input = { prompt: 'Is the sky blue? Answer with Yes or No.' }
    if (served.includes('yes')) {
      const params = { model: 'x', rows: [{ input, choices: ['Yes', 'No'] }], top: 0, choicesOnly: true, batch: 8 }
      const [{ choiceLogprobs }] = await Array.fromAsync(engine.score(params))
      expect(choiceLogprobs?.[0].every((logprob) => Number.isFinite(logprob) && logprob <= 0)).toBe(true)
    }
    if (served.includes('expected')) {
      const choices = ['0', '1', '2', '3', '4', '5']
      const params = { model: 'x', rows: [{ input, continuation: 'Score: ', choices }], top: 0, choicesOnly: true, batch: 8 }
      const [{ choiceLogprobs }] = await Array.fromAsync(engine.score(params))
      expect(choiceLogprobs?.[0].every((logprob) => Number.isFinite(logprob) && logprob <= 0)).toBe(true)
    }
    if (served.includes('contrast')) {
      const given = ['Yes, it is blue.', 'Zebra quartz vex.'].map((continuation) => ({ input, continuation }))
      const found = await Array.fromAsync(engine.score({ model: 'x', rows: given, top: 0, batch: 8 }))
      const perToken = found
        .toSorted((a, b) => a.row - b.row)
        .map(({ tokenLogprobs, continuationStart }) => tokenLogprobs.slice(continuationStart - 1))
        .map((own) => own.reduce((sum, logprob) => sum + logprob, 0) / own.length)
      expect(perToken[0]).toBeGreaterThan(perToken[1]) // a sensible answer is likelier than none
    }
    await engine.close()
  },
  300_000,
)
