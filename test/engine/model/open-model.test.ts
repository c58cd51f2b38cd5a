import { mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { saveModel } from '../../../main/engine/model/formats/safetensors/save-model.ts'
import { openModel } from '../../../main/engine/model/load-model.ts'
import { randomTensors, tinyConfig, tinyModel } from '../../support/tiny-model.ts'
import { chatMl } from '../../support/tiny-tokenizer.ts'

const root = mkdtempSync(join(tmpdir(), 'laurel-open-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const folder = join(root, 'm')
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true })
  saveModel(folder, tinyModel())
})
const put = (name: string, content: string | object) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
/** Weights in shards: the single file is renamed, and the index lists its contents. */
function putIndex(places: unknown): void {
  renameSync(join(folder, 'model.safetensors'), join(folder, 'shard.safetensors'))
  put('model.safetensors.index.json', { weight_map: places })
}
const refusal = (code: string, message: string | RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) })

test('a folder without tokenizer files has no tokenizer and no template', async () => {
  const model = await openModel(folder)
  expect([model.tokenizer, model.chatTemplate, model.stopTokens]).toEqual([null, null, [2]])
  expect([...model.tokenizerFiles.keys()]).toEqual(['generation_config.json'])
  model.weights.close()
})

test('a separate template file takes precedence over tokenizer_config.json', async () => {
  put('tokenizer_config.json', { chat_template: 'configured', bos_token: '<s>' })
  expect((await openModel(folder)).chatTemplate!.render([], false)).toBe('configured')
  put('chat_template.jinja', 'own {{ bos_token }}')
  expect((await openModel(folder)).chatTemplate!.render([], false)).toBe('own <s>')
})

test("generation stops at every file's end token and at the template's", async () => {
  const tokens = ['<|a|>', '<|im_end|>', '<|eot_id|>']
  put('tokenizer.json', {
    model: { type: 'BPE', vocab: {}, merges: [] },
    added_tokens: tokens.map((content, i) => ({ id: 5 + i, content, special: true })),
  })
  put('chat_template.jinja', chatMl)
  put('generation_config.json', { eos_token_id: [3, 2] })
  expect((await openModel(folder)).stopTokens).toEqual([2, 3, 6])
})

const cases: [what: string, spoil: () => void, code: string, message: RegExp][] = [
  ['without config.json', () => rmSync(join(folder, 'config.json')), 'NOT_FOUND', /m\/config\.json: no such file/],
  ['whose config.json is not JSON', () => put('config.json', '{'), 'BAD_INPUT', /m\/config\.json: not valid JSON/],
  ['of an unknown architecture', () => put('config.json', { model_type: 'mamba' }), 'UNSUPPORTED', /m\/config\.json: model_type "mamba"/],
  ['without weights', () => rmSync(join(folder, 'model.safetensors')), 'NOT_FOUND', /m: neither model\.safetensors nor/],
  [
    'whose weights are truncated',
    () => truncateSync(join(folder, 'model.safetensors'), 3000),
    'BAD_INPUT',
    /m\/model\.safetensors: truncated/,
  ],
  [
    'with fewer layers than configured',
    () => put('config.json', { ...tinyConfig, num_hidden_layers: 3 }),
    'BAD_INPUT',
    /m: tensor model\.layers\.2\.\S+ is missing/,
  ],
  [
    'with more layers than configured',
    () => put('config.json', { ...tinyConfig, num_hidden_layers: 1 }),
    'UNSUPPORTED',
    /tensor model\.layers\.1\.\S+ doesn't belong/,
  ],
  [
    'with weights of another width',
    () => put('config.json', { ...tinyConfig, intermediate_size: 16 }),
    'BAD_INPUT',
    /gate_proj\.weight is \[12, 8\], but the configuration requires \[16, 8\]/,
  ],
  [
    'with a missing head',
    () => put('config.json', { ...tinyConfig, tie_word_embeddings: false }),
    'BAD_INPUT',
    /tensor lm_head\.weight is missing/,
  ],
  ['whose tokenizer is damaged', () => put('tokenizer.json', '{"model":'), 'BAD_INPUT', /m\/tokenizer\.json: not valid JSON/],
  ['whose tokenizer is invalid', () => put('tokenizer.json', { model: 7 }), 'BAD_INPUT', /m\/tokenizer\.json: /],
  ['whose template is damaged', () => put('chat_template.jinja', '{% if %}'), 'UNSUPPORTED', /m\/chat_template\.jinja: /],
  ['whose index is damaged', () => putIndex(3), 'BAD_INPUT', /index\.json: /],
  ['whose index refers to another folder', () => putIndex({ a: '../x.safetensors' }), 'BAD_INPUT', /is not a file in the same folder/],
  ['whose shard is missing', () => putIndex({ a: 'x.safetensors' }), 'NOT_FOUND', /m\/x\.safetensors/],
  ['whose shard lacks a tensor', () => putIndex({ a: 'shard.safetensors' }), 'BAD_INPUT', /tensor a is missing/],
]

test.each(cases)('a folder %s is rejected', async (_, spoil, code, message) => {
  spoil()
  await expect(openModel(folder)).rejects.toThrow(refusal(code, message))
})

test('a missing path, or one that is neither folder nor GGUF, is rejected', async () => {
  await expect(openModel(join(root, 'none'))).rejects.toThrow(refusal('NOT_FOUND', 'none: no such file or folder'))
  await expect(openModel(join(folder, 'config.json'))).rejects.toThrow(refusal('BAD_INPUT', 'neither a folder nor a .gguf file'))
})

test('weights are read exactly', () => {
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject(tinyConfig)
})

test('an index next to a single weight file is ignored', async () => {
  put('model.safetensors.index.json', { weight_map: { a: 'gone.safetensors' } })
  expect((await openModel(folder)).weights.has('model.norm.weight')).toBe(true)
})

test('an index that maps a tensor to the wrong one of its files is harmless', async () => {
  const { weights } = await openModel(folder)
  const names = [...weights.names]
  weights.close()
  saveModel(join(root, 'other'), tinyModel())
  renameSync(join(root, 'other', 'model.safetensors'), join(folder, 'other.safetensors'))
  putIndex(Object.fromEntries(names.map((name, i) => [name, i === 0 ? 'other.safetensors' : 'shard.safetensors'])))
  expect([...(await openModel(folder)).weights.names].sort()).toEqual(names.sort())
})

test('a separate head despite tied embeddings is used if it differs, and the flag is cleared', async () => {
  const untied = { ...tinyConfig, tie_word_embeddings: false }
  saveModel(folder, tinyModel({ configJson: untied, tensors: randomTensors(untied) }))
  put('config.json', tinyConfig)
  const own = await openModel(folder)
  expect([own.config.tiedEmbeddings, own.configJson.tie_word_embeddings]).toEqual([false, false])
  const same = randomTensors(untied).map((tensor) =>
    tensor.name === 'lm_head.weight' ? { ...tensor, data: randomTensors(untied)[0].data } : tensor,
  )
  saveModel(folder, tinyModel({ configJson: untied, tensors: same }))
  put('config.json', tinyConfig)
  expect((await openModel(folder)).config.tiedEmbeddings).toBe(true)
})
