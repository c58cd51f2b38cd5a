import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readTrainConfig } from '../../main/cli/commands/train-command.ts'
import { readJsonDocument } from '../../main/common/json-document.ts'
import { loadJudgePrompt } from '../../main/evaluation/judge-prompt.ts'
import { loadRecipe } from '../../main/loop/recipe/load-recipe.ts'
import { LaurelError } from '../../main/shared/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-json-'))
afterAll(() => rmSync(folder, { recursive: true }))
const fileOf = (content: string | Uint8Array, name = 'document.json'): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
/** A text as saved by editors on Windows. */
const windows = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`

test('recipes, training configs, and judge prompts may have a byte-order mark and carriage returns', () => {
  const recipe = JSON.stringify({ name: 'x', base_model: 'base', prompts: { method: 'pre-query' }, sft: null }, null, 2)
  expect(loadRecipe(fileOf(windows(recipe)))).toEqual(loadRecipe(fileOf(recipe)))
  const config = JSON.stringify({ learning_rate: 1e-4 }, null, 2)
  expect(readTrainConfig({ config: fileOf(windows(config)) })).toEqual(readTrainConfig({ config: fileOf(config) }))
  const prompt = 'Rate\n<INSTRUCTION_HERE>\n<RESPONSE_HERE>\n'
  expect(loadJudgePrompt(fileOf(windows(prompt), 'judge.txt'))).toBe(prompt.trimEnd())
})

test.each([
  ['nothing', '', 'the file is empty'],
  ['no JSON', '{"a": ', 'not JSON'],
  ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'UTF-16'],
  ['Latin-1', Buffer.from('{"a": "é"}', 'latin1'), 'not valid UTF-8'],
])('%s is rejected with a one-line error', (_, content, reason) => {
  const read = () => readJsonDocument(fileOf(content), 'Give JSON.')
  expect(read).toThrow(LaurelError)
  expect(read).toThrow(reason)
})

test('errors distinguish a folder, a device, and a missing file', () => {
  expect(() => readJsonDocument(folder, '')).toThrow('is a folder')
  expect(() => readJsonDocument('/dev/zero', '')).toThrow('is a device')
  expect(() => readJsonDocument(join(folder, 'none'), '')).toThrow('no such file')
})
