import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveModel } from '../../main/engine/model/formats/safetensors/save-model.ts'
import { type ModelFiles, openModel } from '../../main/engine/model/load-model.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { fixtureFile, sharedFile } from '../support/shared.ts'

const fixture = <T>(name: string): T => JSON.parse(readFileSync(sharedFile(`fixtures/${name}`), 'utf8')) as T

interface TokenCase {
  readonly text: string
  readonly ids: number[]
}

/** The model's tensors, each read when it is written. */
const tensorsOf = ({ weights }: ModelFiles) =>
  weights.names.map((name) => ({
    name,
    shape: weights.shape(name),
    get data() {
      return weights.read(name)
    },
  }))

needing(referenceNumbers).describe('SmolLM2', () => {
  const folder = mkdtempSync(join(tmpdir(), 'laurel-files-'))
  const models: Record<'GGUF' | 'saved', ModelFiles | undefined> = { GGUF: undefined, saved: undefined }
  beforeAll(async () => {
    const gguf = await openModel(sharedFile('models/SmolLM2-135M-Instruct.Q4_1.gguf'))
    saveModel(join(folder, 'm'), { ...gguf, tensors: tensorsOf(gguf), dtype: 'BF16' })
    Object.assign(models, { GGUF: gguf, saved: await openModel(join(folder, 'm')) })
  })
  afterAll(() => {
    for (const model of Object.values(models)) model?.weights.close()
    rmSync(folder, { recursive: true, force: true })
  })

  describe.each(['GGUF', 'saved'] as const)('from its %s files', (kind) => {
    test.each(['plain', 'with_special_tokens'] as const)("has llama.cpp's tokens (%s)", (list) => {
      const { tokenizer } = models[kind]!
      const cases = fixture<Record<typeof list, TokenCase[]>>('smollm2-tokens.json')[list]
      expect(cases.length).toBeGreaterThan(10)
      for (const { text, ids } of cases) {
        expect(tokenizer!.encode(text, { special: list !== 'plain' })).toEqual(ids)
        expect(tokenizer!.decode(ids, { special: true })).toBe(text)
      }
    })

    test("renders conversations like transformers' chat template", () => {
      const { chatTemplate, tokenizer } = models[kind]!
      const first = fixture<{ first_example: { prompt: []; completion: []; input_ids: number[]; labels: number[] } }>(
        'smollm2-sft.json',
      ).first_example
      const ids = (messages: [], generation: boolean) => tokenizer!.encode(chatTemplate!.render(messages, generation), { special: true })
      expect(ids([...first.prompt, ...first.completion] as [], false)).toEqual(first.input_ids)
      expect(ids(first.prompt, true)).toEqual(
        first.input_ids.slice(
          0,
          first.labels.findIndex((label) => label !== -100),
        ),
      )
    })

    test('stops generation at <|im_end|>', () => {
      expect(models[kind]!.stopTokens).toEqual([2])
    })
  })
})

describe('every architecture', () => {
  const zoo = readdirSync(fixtureFile('zoo'))
  const folder = mkdtempSync(join(tmpdir(), 'laurel-zoo-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each(zoo)('%s loads, and is unchanged after saving', async (name) => {
    const model = await openModel(fixtureFile(`zoo/${name}`))
    saveModel(join(folder, name), { ...model, tensors: tensorsOf(model), dtype: 'F32' })
    const saved = await openModel(join(folder, name))
    expect(saved.config).toEqual(model.config)
    expect(saved.stopTokens).toEqual(model.stopTokens)
    for (const tensor of model.weights.names) expect(saved.weights.read(tensor)).toEqual(model.weights.read(tensor))
    for (const { weights } of [model, saved]) weights.close()
  })
})
