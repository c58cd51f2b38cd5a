import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { locateModel } from '../../main/models/locate-model.ts'

const root = mkdtempSync(join(tmpdir(), 'laurel-locate-'))
afterAll(() => rmSync(root, { recursive: true }))
const put = (name: string, content: object | string = ''): string => {
  const path = join(root, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const refusal = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) })

test('accepts a GGUF extension in any case; rejects one part of a split GGUF file', () => {
  for (const name of ['m.gguf', 'M.GGUF', 'm-00001-of-00001.Gguf']) expect(locateModel(put(name), 'base_model')).toBe(join(root, name))
  expect(() => locateModel(put('m-00001-of-00002.GGUF'), 'base_model')).toThrow(refusal('UNSUPPORTED', /one part of a split GGUF/))
  expect(() => locateModel(put('m.bin'), 'base_model')).toThrow(refusal('BAD_INPUT', /isn't a GGUF file/))
})

test('a folder whose index names missing weight files is rejected, unless model.safetensors exists', () => {
  put('m/config.json', {})
  put('m/model.safetensors.index.json', { weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } })
  put('m/model-1.safetensors')
  expect(() => locateModel(join(root, 'm'), 'base_model')).toThrow(refusal('BAD_INPUT', /1 of its 2 weight files are missing \(model-2/))
  put('m/model.safetensors')
  expect(locateModel(join(root, 'm'), 'base_model')).toBe(join(root, 'm'))
})
