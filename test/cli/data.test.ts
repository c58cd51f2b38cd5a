import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { inspectionOf } from '../../main/app/datasets/inspection.ts'
import { inspectionText } from '../../main/cli/commands/data-command.ts'
import { reportFailure } from '../../main/cli/exit.ts'
import { importFile } from '../../main/data/import-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-inspect-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(text: string): string {
  const path = join(folder, 'rows.jsonl')
  writeFileSync(path, text)
  return path
}
const inspect = async (text: string) => inspectionOf(await importFile(fileOf(text)))
const rows = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')

test('an inspection counts used rows and names skipped ones in file order', async () => {
  const imported = await inspect(
    rows(
      { prompt: 'p', completion: 'a', label: true, id: 1 },
      { prompt: 'p', completion: 'b', label: false },
      { prompt: 5, completion: 'c', label: true },
      {
        prompt: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'u' },
        ],
        completion: 'd',
        label: true,
      },
    ),
  )
  expect(imported).toEqual({
    format: 'prompt-completion',
    counts: { instructions: 2, preferences: 0, ranked: 0, prompts: 0, conversations: 1 },
    rejected: [
      { line: 2, reason: `"label" is false: the response isn't wanted` },
      { line: 3, reason: '"prompt" is a number, not text' },
    ],
    rejected_total: 2,
    notes: [`The field "id" isn't used (1 row).`],
    first: [
      { line: 1, prompt: 'p', response: 'a' },
      {
        line: 4,
        prompt: [
          { role: 'system', content: 's' },
          { role: 'user', content: 'u' },
        ],
        response: 'd',
      },
    ],
  })
})

test('all bad rows are counted, and the first thousand are named', async () => {
  const imported = await inspect(`{"prompt": "a"}\n${'{"prompt": \n'.repeat(3000)}`)
  expect(imported.rejected).toHaveLength(1000)
  expect(imported.rejected_total).toBe(3000)
  expect(imported.notes).toEqual(['3000 rows are left out; the first 1000 are listed.'])
})

test('the text output has one line per item and no control characters', async () => {
  const text = inspectionText(await inspect(rows({ prompt: 'a\u009b31m', x: 1 }, { prompt: 2 })))
  expect(text.split('\n')).toEqual([
    'format: plain',
    'holds: 1 prompts',
    `note: The field "x" isn't used (1 row).`,
    'skipped line 2: "prompt" is a number, not text',
    'row 1: {"prompt":"a\\u009b31m"}',
    '',
  ])
})

test('an invalid file is reported as bad input in one line', async () => {
  const said: string[] = []
  const error = await inspect('').catch((thrown: unknown) => thrown)
  expect(reportFailure(error, (text) => void said.push(text))).toBe(2)
  expect(said.join('').trimEnd()).toMatch(/^error: [^\n]*: the file is empty[^\n]*$/)
})
