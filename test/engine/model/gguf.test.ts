import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openModel } from '../../../main/engine/model/load-model.ts'
import { tinyGgufMetadata, tinyGgufTensors } from '../../support/tiny-gguf.ts'
import { randomTensors, tinyConfig } from '../../support/tiny-model.ts'
import { floatTensor, type GgufValue, ggufBytes, writeGguf } from '../../support/write-gguf.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-gguf-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'tiny.gguf')

async function open(metadata: Record<string, GgufValue>, tensors = tinyGgufTensors()) {
  writeGguf(path, metadata, tensors)
  const model = await openModel(path)
  model.weights.close()
  return model
}
const refusal = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) })

test("weights have Hugging Face's names, shapes and row order", async () => {
  writeGguf(path, tinyGgufMetadata(), tinyGgufTensors())
  const { weights, config, tokenizer, chatTemplate } = await openModel(path)
  for (const { name, shape, data } of randomTensors(tinyConfig)) {
    expect(weights.shape(name)).toEqual(shape)
    expect(weights.read(name)).toEqual(data)
  }
  expect(weights.names).toHaveLength(randomTensors(tinyConfig).length)
  expect(config.tiedEmbeddings).toBe(true)
  expect([tokenizer, chatTemplate]).toEqual([null, null])
  weights.close()
})

test.each(['qwen2', 'qwen3'])('rows of q and k keep their order in %s', async (model_type) => {
  const json = { ...tinyConfig, model_type }
  writeGguf(path, tinyGgufMetadata(model_type), tinyGgufTensors(json, { interleave: false }))
  const { weights, config } = await openModel(path)
  expect(config.architecture).toBe(model_type)
  for (const { name, data } of randomTensors(json)) expect(weights.read(name)).toEqual(data)
  weights.close()
})

describe('the configuration', () => {
  test('comes from the metadata', async () => {
    const { configJson } = await open(tinyGgufMetadata())
    expect(configJson).toMatchObject({
      ...tinyConfig,
      head_dim: 4,
      rope_scaling: null,
      bos_token_id: null,
      eos_token_id: null,
      pad_token_id: null,
    })
  })

  test('detects untied embeddings by their tensor', async () => {
    const json = { ...tinyConfig, tie_word_embeddings: false }
    const { config } = await open(tinyGgufMetadata(), tinyGgufTensors(json))
    expect(config.tiedEmbeddings).toBe(false)
  })

  test('is Mistral if a Llama has a sliding window', async () => {
    const { config } = await open({ ...tinyGgufMetadata(), 'llama.attention.sliding_window': 16 })
    expect(config).toMatchObject({ architecture: 'mistral', slidingWindow: 16 })
  })

  test('takes the head size from its own key', async () => {
    const json = { ...tinyConfig, model_type: 'qwen3', head_dim: 6 }
    const { config } = await open(
      { ...tinyGgufMetadata('qwen3'), 'qwen3.attention.key_length': 6 },
      tinyGgufTensors(json, { interleave: false }),
    )
    expect(config.headDim).toBe(6)
  })

  test('has linear RoPE scaling', async () => {
    const { config } = await open({ ...tinyGgufMetadata(), 'llama.rope.scaling.type': 'linear', 'llama.rope.scaling.factor': 4 })
    expect(config.ropeScaling).toEqual({ type: 'linear', factor: 4 })
  })

  test.each([8192, 32])("has Llama 3's rope scaling, found from the divisors, with an original context of %i", async (original) => {
    // The divisors as llama.cpp's converter computes them, for a head size of 64.
    const json = { ...tinyConfig, head_dim: 64 }
    const divisors = Float32Array.from({ length: 32 }, (_, i) => {
      const wave = 2 * Math.PI * 500000 ** (i / 32)
      if (wave < original / 4) return 1
      if (wave > original) return 8
      const smooth = (original / wave - 1) / (4 - 1)
      return 1 / ((1 - smooth) / 8 + smooth)
    })
    const metadata = { ...tinyGgufMetadata(), 'llama.rope.freq_base': 500000, 'llama.attention.key_length': 64 }
    const tensors = tinyGgufTensors(json, { interleave: false })
    const { config } = await open(metadata, [...tensors, floatTensor('rope_freqs.weight', [32], divisors)])
    expect(config.ropeScaling).toEqual({
      type: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContext: original,
    })
    const wrong = divisors.map((divisor, i) => divisor + (i === 20 ? 1 : 0))
    await expect(open(metadata, [...tensors, floatTensor('rope_freqs.weight', [32], wrong)])).rejects.toThrow(
      refusal('UNSUPPORTED', /rope_freqs/),
    )
  })

  test.each<[string, Record<string, GgufValue>, RegExp]>([
    ['an unknown architecture', { 'general.architecture': 'gemma2' }, /architecture "gemma2"/],
    ['a mixture of experts', { 'llama.expert_count': 8 }, /mixture of experts/],
    ['YaRN', { 'llama.rope.scaling.type': 'yarn' }, /rope scaling "yarn"/],
    ['partial rotation', { 'llama.rope.dimension_count': 2 }, /rotation of only a part/],
    ['a split file', { 'split.count': 3 }, /one part of a split GGUF/],
    ['an unknown tokenizer', { 'tokenizer.ggml.model': 't5', 'tokenizer.ggml.tokens': ['a'] }, /tokenizer "t5"/],
  ])('is rejected for %s', async (_, metadata, message) => {
    await expect(open({ ...tinyGgufMetadata(), ...metadata })).rejects.toThrow(refusal('UNSUPPORTED', message))
  })

  test('is rejected if a number is missing or invalid', async () => {
    const { 'llama.block_count': _, ...rest } = tinyGgufMetadata()
    await expect(open(rest)).rejects.toThrow(refusal('BAD_INPUT', /tiny\.gguf: metadata llama\.block_count is missing/))
    await expect(open({ ...rest, 'llama.block_count': 'two' })).rejects.toThrow(refusal('BAD_INPUT', /block_count is not a number/))
  })
})

describe('a file is rejected', () => {
  const tensors = tinyGgufTensors()
  const without = (name: string) => tensors.filter((tensor) => tensor.name !== name)
  const other = (name: string) => floatTensor(name, [8], new Float32Array(8))

  test('if a tensor is missing', async () => {
    await expect(open(tinyGgufMetadata(), without('blk.1.ffn_up.weight'))).rejects.toThrow(
      refusal('BAD_INPUT', /tiny\.gguf: tensor model\.layers\.1\.mlp\.up_proj\.weight is missing/),
    )
  })

  test('if a tensor has another shape', async () => {
    const narrow = floatTensor('output_norm.weight', [4], new Float32Array(4))
    await expect(open(tinyGgufMetadata(), [...without('output_norm.weight'), narrow])).rejects.toThrow(
      /is \[4\], but the configuration requires \[8\]/,
    )
  })

  test('if a tensor does not belong to the model', async () => {
    await expect(open(tinyGgufMetadata(), [...tensors, other('blk.0.ffn_gate_exps.weight')])).rejects.toThrow(
      refusal('UNSUPPORTED', /ffn_gate_exps/),
    )
    await expect(open(tinyGgufMetadata(), [...tensors, other('blk.0.attn_q.bias')])).rejects.toThrow(refusal('UNSUPPORTED', /q_proj\.bias/))
  })

  test('if a tensor is duplicated', async () => {
    await expect(open(tinyGgufMetadata(), [...tensors, tensors[0]])).rejects.toThrow(refusal('BAD_INPUT', /duplicated/))
  })

  test.each([
    [10, 'Q2_K'],
    [13, 'Q5_K'],
    [20, 'IQ4_NL'],
    [39, 'MXFP4'],
    [999, 'type 999'],
  ])('if a quantization is unsupported (GGML type %i, %s)', async (type, name) => {
    const strange = { ...tensors[0], type }
    await expect(open(tinyGgufMetadata(), [strange, ...tensors.slice(1)])).rejects.toThrow(
      refusal('UNSUPPORTED', new RegExp(`token_embd.weight is ${name},`)),
    )
  })

  test('if it is truncated', async () => {
    const whole = ggufBytes(tinyGgufMetadata(), tensors)
    writeFileSync(path, whole.subarray(0, whole.length - 100))
    await expect(openModel(path)).rejects.toThrow(refusal('BAD_INPUT', /truncated: tensor output_norm|truncated: tensor/))
    writeFileSync(path, whole.subarray(0, 300))
    await expect(openModel(path)).rejects.toThrow(refusal('BAD_INPUT', /tiny\.gguf/))
    writeFileSync(path, whole.subarray(0, 10))
    await expect(openModel(path)).rejects.toThrow(/10 bytes is too short/)
  })

  test('if it is something else', async () => {
    writeFileSync(path, 'A poem of more than twenty-four letters.')
    await expect(openModel(path)).rejects.toThrow(refusal('BAD_INPUT', /: not a GGUF file/))
  })

  test('if it claims more tensors than fit in it', async () => {
    const bytes = ggufBytes(tinyGgufMetadata(), tensors)
    bytes.writeBigUInt64LE(90_000n, 8)
    writeFileSync(path, bytes)
    await expect(openModel(path)).rejects.toThrow(/90000 tensors and 9 keys can't fit in/)
  })
})
