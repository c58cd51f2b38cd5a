import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generate } from '../../../main/engine/inference/generate.ts'
import { saveModel } from '../../../main/engine/model/formats/safetensors/save-model.ts'
import { loadModel } from '../../../main/engine/model/load-model.ts'
import { train } from '../../../main/engine/training/train.ts'
import { type TrainConfig, trainConfig } from '../../../main/shared/train-config.ts'
import { usePlainBackend } from '../../support/native.ts'
import { randomWeights, tinyConfig, tinyConfigJson } from './tiny-model.ts'

/** Recorded with the sources of 2026-11-28, which had no other generator: runs started with them resume with the same bits. */
const recorded = {
  tokens: [
    [17, 25, 7, 10, 25, 27, 16, 0],
    [9, 9, 25, 24, 17, 22, 13, 8, 5, 22, 15, 15],
    [7, 11, 1, 25, 5, 12, 8, 19, 13, 25, 15, 7],
  ],
  full: 'cb10ae9dcf961d44148e706383803760aae0e00d27ec9400e9f7f86e3c518750',
  adapters: '52e4a10d2d2c3b7de61120913c6df0a7bbdc9c9ba5611f770afee90862ee3ff8',
}

describe('with the generator of runs before recipe version 3', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-older-'))
  const model = join(folder, 'M0')
  beforeAll(async () => {
    await usePlainBackend()
    const weights = randomWeights(tinyConfig(), 1)
    const tensors = weights.names.map((name) => ({ name, shape: weights.shape(name), data: weights.read(name) }))
    saveModel(model, { configJson: tinyConfigJson, tokenizerFiles: new Map(), tensors, dtype: 'F32' })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('sampled tokens are as recorded', async () => {
    const loaded = await loadModel(model, 'float32')
    const sampling = { greedy: false, temperature: 1, topP: 0.9, topK: 0, maxNewTokens: 12, minNewTokens: 0, stop: [] }
    const rows = [
      { promptIds: [1, 2, 3], seeds: [11, 2030099535619322] },
      { promptIds: [4], seeds: [5] },
    ]
    const tokens: number[][] = []
    for await (const { row, sample, tokenIds } of generate(loaded, rows, { sampling, random: 'murmur', batch: 2, stopTokens: [0] }))
      tokens[2 * row + sample] = tokenIds
    loaded.dispose()
    expect(tokens).toEqual(recorded.tokens)
  })

  test('shuffled batches with dropout train the recorded weights', async () => {
    expect(await trained('full', {})).toBe(recorded.full)
  })

  test('initial adapters train the recorded weights', async () => {
    expect(await trained('adapters', { lora: { rank: 2, alpha: 4, dropout: 0.1, targets: ['q_proj', 'down_proj'] } })).toBe(
      recorded.adapters,
    )
  })

  /** The SHA-256 of the trained weights. */
  async function trained(name: string, changes: Partial<TrainConfig>): Promise<string> {
    const ids = (...inputIds: number[]) => ({ inputIds })
    const rows = [
      { prompt: ids(1, 2, 3), completion: ids(4, 5, 6, 7) },
      { prompt: ids(8), completion: ids(9, 10) },
      { prompt: ids(11, 12), completion: ids(13, 14, 15) },
      { prompt: ids(3, 5, 7, 9), completion: ids(11) },
      { prompt: ids(2, 4), completion: ids(6, 8, 10, 12, 14) },
    ]
    const settings = { learning_rate: 1e-2, batch_size: 2, epochs: 2, seed: 2030099535619322, dropout: 0.1, random: 'murmur' }
    const config = trainConfig.parse({ ...settings, ...changes })
    const out = join(folder, name)
    for await (const _ of train({ task: 'sft', model, rows, config, out, checkpoints: `${out}.checkpoints` })) void _
    return createHash('sha256')
      .update(readFileSync(join(out, 'model.safetensors')))
      .digest('hex')
  }
})
