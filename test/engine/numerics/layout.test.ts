import * as tf from '@tensorflow/tfjs'
import { beforeAll, expect, test } from 'vitest'
import { decoderHidden } from '../../../main/engine/process/model/decoder.ts'
import { disposeLayout, layOut, type Row } from '../../../main/engine/process/model/layout.ts'
import { distance, tinyConfig, tinyDecoder } from './tiny-model.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

const windows = { 'all positions': null, 'a sliding window of 4': 4 }

for (const [name, window] of Object.entries(windows)) {
  test(`two continuations of one computed prompt are as if each stood alone behind it: ${name}`, () => {
    const decoder = tinyDecoder(tinyConfig(window ? { model_type: 'mistral', sliding_window: window } : {}))
    const prompt = [1, 2, 3, 4, 5]
    const chosen = [6, 7, 8]
    const rejected = [9, 10, 11, 12]
    const shared = hidden(decoder, [
      { prompt, continuations: [chosen, rejected] },
      { prompt: [3, 4], continuations: [[5], [6]] },
    ])
    const alone = hidden(decoder, [{ prompt: [...prompt, ...chosen], continuations: [] }])
    const other = hidden(decoder, [{ prompt: [...prompt, ...rejected], continuations: [] }])
    expect(distance(shared.slice([5, 0], [3, -1]), alone.slice([5, 0], [3, -1]))).toBeLessThan(1e-5)
    expect(distance(shared.slice([8, 0], [4, -1]), other.slice([5, 0], [4, -1]))).toBeLessThan(1e-5)
  })

  test(`packing rows of different lengths changes nothing: ${name}`, () => {
    const decoder = tinyDecoder(tinyConfig(window ? { model_type: 'mistral', sliding_window: window } : {}))
    const rows = [
      [1, 2, 3, 4, 5, 6, 7],
      [8, 9],
      [10, 11, 12, 13],
    ]
    const packed = hidden(
      decoder,
      rows.map((prompt) => ({ prompt, continuations: [] })),
    )
    let start = 0
    for (const prompt of rows) {
      const alone = hidden(decoder, [{ prompt, continuations: [] }])
      expect(distance(packed.slice([start, 0], [prompt.length, -1]), alone)).toBeLessThan(1e-5)
      start += prompt.length
    }
  })
}

function hidden(decoder: ReturnType<typeof tinyDecoder>, rows: Row[]): tf.Tensor {
  const layout = layOut(rows, decoder.config.slidingWindow)
  const states = decoderHidden(decoder, layout)
  disposeLayout(layout)
  return states
}
