import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { score } from '../../main/engine/inference/score.ts'
import { writeModel } from '../../main/engine/model/formats/write-model.ts'
import { loadModel, openModel } from '../../main/engine/model/load-model.ts'
import { train } from '../../main/engine/training/train.ts'
import type { WriteModelParams } from '../../main/shared/engine-protocol.ts'
import type { ExportForm, ExportPrecision } from '../../main/shared/export-forms.ts'
import { trainConfig } from '../../main/shared/train-config.ts'
import { usePlainBackend } from '../support/native.ts'
import { needing } from '../support/needs.ts'
import { askOthers, otherPrograms } from '../support/other-programs.ts'
import { fixtureFile } from '../support/shared.ts'
import { byteLevelFiles, sentencePieceFiles } from '../support/small-tokenizers.ts'

const root = mkdtempSync(join(tmpdir(), 'laurel-exports-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
beforeAll(usePlainBackend)

const ids = [5, 120, 37, 301, 8, 99, 4, 250, 61, 17, 17, 88]

/** A tiny model with a tokenizer, which those of the zoo lack. */
const models: Record<string, ReadonlyMap<string, string>> = {
  'llama-tied': byteLevelFiles(),
  'llama-untied': sentencePieceFiles(),
  'llama3-scaled-rope': byteLevelFiles(),
  'mistral-sliding': sentencePieceFiles(),
  qwen2: byteLevelFiles(),
  qwen3: byteLevelFiles(),
  gemma3: sentencePieceFiles(),
}
const place = (name: string): string => join(root, 'models', name)
beforeAll(() => {
  for (const [name, files] of Object.entries(models)) {
    cpSync(fixtureFile(`zoo/${name}`), place(name), { recursive: true })
    for (const [file, text] of files) writeFileSync(join(place(name), file), text)
  }
})

let count = 0
async function exported(model: string, form: ExportForm, precision: ExportPrecision, texts = {}): Promise<string> {
  const out = join(root, `export-${count++}`)
  const params: WriteModelParams = { model, form, precision, title: 'A model', out, texts }
  let last = { done: 0, total: 1 }
  for await (const written of writeModel(params, new AbortController().signal)) last = written
  expect(last.done).toBe(last.total)
  return form === 'gguf' ? join(out, 'model.gguf') : out
}

async function logprobs(path: string): Promise<number[]> {
  const model = await loadModel(path, 'float32')
  try {
    for await (const { tokenLogprobs } of score(model, [{ ids }], { top: 0 })) return tokenLogprobs
    return []
  } finally {
    model.dispose()
  }
}

const largest = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((value, i) => Math.abs(value - b[i]))) : Number.POSITIVE_INFINITY

const text = 'Hello  world,\n it is 12 o’clock & café 🙂 <|im_end|>'

describe.each(Object.keys(models))('%s', (name) => {
  test('is the same model after GGUF in float32 and back, with tokenizer, template, and stop tokens', async () => {
    const original = await openModel(place(name))
    const gguf = await exported(place(name), 'gguf', 'F32')
    const folder = await exported(gguf, 'hugging-face', 'F32')
    for (const path of [gguf, folder]) {
      const copy = await openModel(path)
      for (const tensor of original.weights.names) {
        const [one, two] = [original.weights.read(tensor), copy.weights.read(tensor)]
        const allowed = /norm\.weight$/.test(tensor) ? 1e-7 : 0 // Gemma's norms are stored with an offset of 1
        expect(two.every((value, i) => Math.abs(value - one[i]) <= allowed)).toBe(true)
      }
      const { eosTokens: _, ...config } = copy.config
      expect(original.config).toMatchObject(config)
      expect(new Set(copy.stopTokens)).toEqual(new Set(original.stopTokens))
      expect(copy.chatTemplate?.source).toBe(original.chatTemplate?.source)
      const everyId = Array.from({ length: original.config.vocabulary }, (_, id) => id)
      expect(copy.tokenizer!.decode(everyId, { special: true })).toBe(original.tokenizer!.decode(everyId, { special: true }))
      expect(copy.tokenizer!.encode(text, { special: true })).toEqual(original.tokenizer!.encode(text, { special: true }))
      expect(copy.tokenizer!.opening).toEqual(original.tokenizer!.opening)
      copy.weights.close()
    }
    original.weights.close()
  })

  test.each([
    ['F16', 0.02],
    ['BF16', 0.1],
    ['Q8_0', 0.1],
  ] as const)('computes the same up to rounding in a %s GGUF', async (precision, tolerance) => {
    const difference = largest(await logprobs(place(name)), await logprobs(await exported(place(name), 'gguf', precision)))
    expect(difference).toBeLessThan(tolerance)
    expect(difference).toBeGreaterThan(0)
  })
})

test('a Mistral without a sliding window is a Llama in GGUF, which computes the same', async () => {
  const folder = join(root, 'mistral-without-window')
  cpSync(place('mistral-sliding'), folder, { recursive: true })
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, sliding_window: null }))
  const gguf = await exported(folder, 'gguf', 'F32')
  const copy = await openModel(gguf)
  copy.weights.close()
  expect(copy.config.architecture).toBe('llama')
  expect(largest(await logprobs(folder), await logprobs(gguf))).toBe(0)
})

test('a window in only some layers of another pattern than llama.cpp’s is refused before anything is written', async () => {
  await expect(exported(fixtureFile('zoo/gemma3-scaled'), 'gguf', 'F32')).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('another pattern of layers'),
  })
})

needing(otherPrograms).describe('read by other programs', () => {
  test.each(Object.keys(models))('%s has the same log-probabilities and tokens in transformers and llama.cpp', async (name) => {
    const own = await logprobs(place(name))
    const gguf = await exported(place(name), 'gguf', 'F32')
    const half = await exported(place(name), 'gguf', 'F16')
    const folder = await exported(place(name), 'hugging-face', 'F32')
    const tokens = (await openModel(place(name))).tokenizer!.encode(text, { special: true })
    const [byFolder, byGguf, byHalf, folderTokens, ggufTokens] = askOthers([
      ['transformers', folder, ids],
      ['llama.cpp', gguf, ids],
      ['llama.cpp', half, ids],
      ['tokens transformers', folder, text],
      ['tokens llama.cpp', gguf, text],
    ])
    expect(largest(own, byFolder)).toBeLessThan(1e-4)
    expect(largest(own, byGguf)).toBeLessThan(1e-3)
    expect(largest(own, byHalf)).toBeLessThan(0.05)
    expect(folderTokens).toEqual(tokens)
    expect(ggufTokens).toEqual(tokens)
  })
})

describe('adapters', () => {
  const config = trainConfig.parse({
    ...{ learning_rate: 0.01, batch_size: 2, epochs: 3, precision: 'float32' },
    lora: { rank: 4, alpha: 8, targets: ['q_proj', 'v_proj', 'down_proj'] },
  })
  const rows = [
    { prompt: { inputIds: [5, 6, 7] }, completion: { inputIds: [8, 9, 10] } },
    { prompt: { inputIds: [50, 61, 72] }, completion: { inputIds: [83, 94] } },
  ]
  async function trained(model: string, name: string, seed: number): Promise<string> {
    const out = join(root, name)
    const params = { task: 'sft', model, rows, config: { ...config, seed }, out, checkpoints: join(root, `${name}-checkpoints`) } as const
    for await (const _ of train(params));
    return out
  }
  let m1: string
  let m2: string
  beforeAll(async () => {
    m1 = await trained(place('qwen3'), 'M1', 1)
    m2 = await trained(m1, 'M2', 2)
  })

  test.each(['M1', 'M2'])('of %s, on the base model, make the trained model', async (name) => {
    const folder = await exported(join(root, name), 'adapter', 'F32')
    expect(JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8'))).toMatchObject({
      ...{ peft_type: 'LORA', base_model_name_or_path: place('qwen3'), r: name === 'M1' ? 4 : 8 },
      target_modules: ['down_proj', 'q_proj', 'v_proj'],
    })
    const own = await logprobs(join(root, name))
    expect(largest(own, await logprobs(folder))).toBeLessThan(1e-4)
    expect(largest(own, await logprobs(place('qwen3')))).toBeGreaterThan(0.05)
  })

  needing(otherPrograms).test('are the same model in PEFT as merged in transformers', async () => {
    const folder = await exported(m2, 'adapter', 'F32')
    const [byPeft, byTransformers] = askOthers([
      ['peft', folder, ids],
      ['transformers', m2, ids],
    ])
    const own = await logprobs(m2)
    expect(largest(own, byPeft)).toBeLessThan(1e-4)
    expect(largest(own, byTransformers)).toBeLessThan(1e-4)
  })

  test('of a model that has none are refused', async () => {
    await expect(exported(place('qwen3'), 'adapter', 'F32')).rejects.toMatchObject({ code: 'UNSUPPORTED', message: /no adapters/ })
  })
})
