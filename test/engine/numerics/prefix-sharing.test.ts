import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { generate } from '../../../main/engine/inference/generate.ts'
import type { ScoreRow } from '../../../main/engine/inference/logprob-collector.ts'
import { type Scored, score } from '../../../main/engine/inference/score.ts'
import { usePlainBackend } from '../../support/native.ts'
import { plainLogprobs, weightsOf } from './plain-decoder.ts'
import { randomWeights, tinyConfig, tinyDecoder } from './tiny-model.ts'

beforeAll(usePlainBackend)

/** Texts with shared prefixes of several lengths; one is a prefix of another, two are equal. */
const rubric = Array.from({ length: 21 }, (_, i) => (5 * i + 2) % 29)
const question = Array.from({ length: 11 }, (_, i) => (3 * i + 1) % 29)
const texts = [
  [...rubric, 1, 2, 3],
  [...rubric, ...question, 4, 5],
  [9, 8, 7],
  [...rubric, ...question, 6],
  [...rubric],
  [...rubric, ...question, 4, 5],
  [28],
]
const decoders = {
  llama: tinyConfig(),
  'a sliding window': tinyConfig({ model_type: 'mistral', sliding_window: 6 }),
  'biases (Qwen2)': tinyConfig({ model_type: 'qwen2' }),
  'normed heads (Qwen3)': tinyConfig({ model_type: 'qwen3', head_dim: 6 }),
}

describe.each(Object.entries(decoders))('prefix sharing changes nothing: %s', (_name, config) => {
  test('scores equal those of each text alone, computed from the definition', async () => {
    const decoder = tinyDecoder(config)
    const weights = weightsOf(randomWeights(config, 1))
    for (const passTokens of [2048, 16]) {
      const scored = await all(
        score(
          { decoder },
          texts.map((ids) => ({ ids })),
          { top: 3, passTokens },
        ),
      )
      for (const [row, ids] of texts.entries()) {
        const expected = ids.length < 2 ? [] : [...tf.tidy(() => plainLogprobs(config, weights, ids)).dataSync()]
        expect(scored[row].tokenLogprobs.length).toBe(expected.length)
        expected.forEach((logprob, t) => {
          expect(Math.abs(scored[row].tokenLogprobs[t] - logprob)).toBeLessThan(1e-4)
        })
      }
    }
  })

  test('responses equal those of each prompt alone', async () => {
    const decoder = tinyDecoder(config)
    const rows = texts.map((promptIds, i) => ({ promptIds, seeds: [i, 50 + i] }))
    const together = await tokensOf(rows, 64, 2048)
    expect(await tokensOf(rows, 3, 9)).toEqual(together)
    for (const [row, { promptIds, seeds }] of rows.entries()) {
      for (const [sample, seed] of seeds.entries()) {
        const alone = await tokensOf([{ promptIds, seeds: [seed] }], 1, 2048)
        expect(together[2 * row + sample]).toEqual(alone[0])
      }
    }

    async function tokensOf(prompts: typeof rows, batch: number, passTokens: number): Promise<number[][]> {
      const sampling = { greedy: false, temperature: 1, topP: 0.9, topK: 0, maxNewTokens: 12, minNewTokens: 0, stop: [] }
      const found: { row: number; sample: number; tokenIds: number[] }[] = []
      for await (const item of generate({ decoder }, prompts, { sampling, batch, passTokens, stopTokens: [0] })) found.push(item)
      return found.sort((a, b) => a.row - b.row || a.sample - b.sample).map(({ tokenIds }) => tokenIds)
    }
  })
})

describe('questions about shared tokens', () => {
  const at = (positions: number[], choices: number[]) => ({ positions, choices })
  const asked: ScoreRow[] = [
    { ids: texts[1], at: at([3, 21, 22, 34], [4, 7]) },
    { ids: texts[3], at: at([3, 33], [5, 4, 9]) },
    { ids: texts[4] },
    { ids: texts[4], at: at([21], []) },
  ]

  test('every row gets its own answers', async () => {
    const decoder = tinyDecoder()
    const together = await all(score({ decoder }, asked, { top: 2 }))
    const cut = await all(score({ decoder }, asked, { top: 2, passTokens: 5 }))
    for (const [row, question] of asked.entries()) {
      const [alone] = await all(score({ decoder }, [question], { top: 2 }))
      for (const scored of [together[row], cut[row]]) expect(rounded(scored)).toEqual(rounded({ ...alone, row }))
    }
    expect(together.map(({ choiceLogprobs }) => choiceLogprobs?.map(({ length }) => length))).toEqual([
      [2, 2, 2, 2],
      [3, 3],
      undefined,
      [0],
    ])
  })

  test('choices alone leave the text unscored', async () => {
    const decoder = tinyDecoder()
    const whole = await all(score({ decoder }, asked, { top: 0 }))
    const alone = await all(score({ decoder }, asked, { top: 0, choicesOnly: true }))
    expect(alone.map(rounded)).toEqual(whole.map((scored) => rounded({ ...scored, tokenLogprobs: [] })))
  })

  test('leaks nothing, even if scoring is stopped', async () => {
    const decoder = tinyDecoder()
    const before = tf.memory().numTensors
    await all(score({ decoder }, asked, { top: 2, passTokens: 8 }))
    expect(tf.memory().numTensors).toBe(before)
    const controller = new AbortController()
    const stopped = (async () => {
      for await (const _ of score({ decoder }, asked, { top: 2, passTokens: 22, signal: controller.signal })) controller.abort()
    })()
    await expect(stopped).rejects.toMatchObject({ code: 'STOPPED' })
    expect(tf.memory().numTensors).toBe(before)
  })
})

async function all(items: AsyncIterable<Scored>): Promise<Scored[]> {
  const scored: Scored[] = []
  for await (const item of items) scored[item.row] = item
  return scored
}

const rounded = (scored: Scored) =>
  JSON.parse(JSON.stringify(scored, (_, value) => (typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value)))
