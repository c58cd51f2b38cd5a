import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { GgufMetadata } from '../../../main/engine/model/formats/gguf/gguf-metadata.ts'
import { ggufTokenizerFiles } from '../../../main/engine/model/formats/gguf/gguf-tokenizer.ts'
import { saveModel } from '../../../main/engine/model/formats/safetensors/save-model.ts'
import { openModel } from '../../../main/engine/model/load-model.ts'
import { randomTensors, tinyConfig, tinyModel } from '../../support/tiny-model.ts'
import { tinyTokenizerMetadata } from '../../support/tiny-tokenizer.ts'

const root = mkdtempSync(join(tmpdir(), 'laurel-save-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const folder = join(root, 'm')
const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))

test.each(['F32', 'F16', 'BF16'] as const)('a model saved in %s loads with the same weights', async (dtype) => {
  saveModel(folder, tinyModel({ dtype }))
  const { weights, config, configJson } = await openModel(folder)
  for (const { name, shape, data } of randomTensors(tinyConfig)) {
    expect(weights.shape(name)).toEqual(shape)
    expect(weights.read(name)).toEqual(data)
  }
  weights.close()
  expect(config.layers).toBe(2)
  expect(configJson.dtype).toBe({ F32: 'float32', F16: 'float16', BF16: 'bfloat16' }[dtype])
})

test('tensors can be listed only once, as those of a trained model', async () => {
  const tensors = randomTensors(tinyConfig)
  saveModel(folder, tinyModel({ tensors: tensors.values() }))
  const { weights } = await openModel(folder)
  for (const { name, data } of tensors) expect(weights.read(name)).toEqual(data)
  weights.close()
})

test('a large model is saved in shards with an index', async () => {
  saveModel(folder, tinyModel({ shardBytes: 1000 }))
  const shards = readdirSync(folder).filter((name) => name.endsWith('.safetensors'))
  expect(shards.length).toBeGreaterThan(3)
  expect(shards[0]).toBe(`model-00001-of-0000${shards.length}.safetensors`)
  for (const shard of shards) expect(statSync(join(folder, shard)).size).toBeLessThan(1000 + 1500) // plus its header
  const index = json('model.safetensors.index.json')
  const tensors = randomTensors(tinyConfig)
  expect(Object.keys(index.weight_map)).toEqual(tensors.map(({ name }) => name))
  expect(index.metadata.total_size).toBe(tensors.reduce((sum, { data }) => sum + data.byteLength, 0))
  const { weights } = await openModel(folder)
  for (const { name, data } of tensors) expect(weights.read(name)).toEqual(data)
  weights.close()
})

test('the same model gives the same bytes', () => {
  const contents = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('base64')])
  saveModel(folder, tinyModel())
  const first = contents()
  saveModel(folder, tinyModel())
  expect(contents()).toEqual(first)
})

test('tokenizer, chat template and stop tokens survive', async () => {
  const tokenizerFiles = ggufTokenizerFiles(new GgufMetadata('x', { 'general.architecture': 'llama', ...tinyTokenizerMetadata() }))!
  const configJson = { ...tinyConfig, vocab_size: 300 }
  saveModel(folder, tinyModel({ configJson, tokenizerFiles, stopTokens: [2, 0] }))
  expect(json('generation_config.json')).toEqual({ bos_token_id: 1, eos_token_id: [2, 0], pad_token_id: 0 })
  const model = await openModel(folder)
  expect(model.stopTokens).toEqual([2, 0])
  const text = model.chatTemplate!.render([{ role: 'user', content: 'hello' }], true)
  const ids = model.tokenizer!.encode(text, { special: true })
  expect(ids[0]).toBe(1)
  expect(model.tokenizer!.decode(ids, { special: true })).toBe(text)
  model.weights.close()
  saveModel(join(root, 'again'), { ...tinyModel({ configJson }), configJson: model.configJson, tokenizerFiles: model.tokenizerFiles })
  for (const name of readdirSync(folder)) expect(readFileSync(join(root, 'again', name))).toEqual(readFileSync(join(folder, name)))
})

test('an incomplete model is not saved', () => {
  const target = join(root, 'part')
  const tensors = randomTensors(tinyConfig)
  expect(() => saveModel(target, tinyModel({ tensors: tensors.slice(1) }))).toThrow(/tensors are missing/)
  expect(() => saveModel(target, tinyModel({ tensors: [...tensors, { ...tensors[0], name: 'x' }] }))).toThrow(/tensor x/)
  expect(() => saveModel(target, tinyModel({ tensors: tensors.map((t) => ({ ...t, shape: [...t.shape, 1] })) }))).toThrow(
    /doesn't match the configuration/,
  )
  expect(existsSync(target)).toBe(false)
})

test('a folder that is not a model is not replaced', () => {
  const documents = join(root, 'documents')
  mkdirSync(documents)
  writeFileSync(join(documents, 'letter.txt'), 'Dear')
  expect(() => saveModel(documents, tinyModel())).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }))
  expect(readFileSync(join(documents, 'letter.txt'), 'utf8')).toBe('Dear')
})
