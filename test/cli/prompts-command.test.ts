import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createProgram } from '../../main/cli/program.ts'
import { taskOf } from '../../main/data/grammar-prompts.ts'
import { importFile } from '../../main/data/import-file.ts'
import { type Imported, promptsOf, requirementsOf } from '../../main/data/imported.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-prompts-'))
beforeAll(() => void vi.spyOn(process.stderr, 'write').mockReturnValue(true))
afterAll(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

/** Runs the command, and reads the file that it writes. */
async function made(name: string, ...options: string[]): Promise<Imported> {
  const path = join(folder, name)
  const program = await createProgram('data')
  await program.parseAsync(['data', 'prompts', '--output', path, ...options], { from: 'user' })
  return importFile(path)
}

const idsIn = (imported: Imported): Set<string | undefined> =>
  new Set(promptsOf(imported).flatMap((prompt) => requirementsOf(imported, prompt).map(({ check }) => check?.id)))

test('writes prompts with requirements that an import reads back, the same for the same seed', async () => {
  const first = await made('first.jsonl', '--count', '40', '--seed', '3')
  expect(promptsOf(first)).toHaveLength(40)
  expect(promptsOf(first).every((prompt) => requirementsOf(first, prompt).length > 0)).toBe(true)
  expect([first.rejected, first.notes]).toEqual([[], []])
  expect(await made('again.jsonl', '--count', '40', '--seed', '3')).toEqual(first)
  expect(promptsOf(await made('other.jsonl', '--count', '40', '--seed', '4'))).not.toEqual(promptsOf(first))
})

test('holds out families, prompts, and tasks', async () => {
  const own = await made('own.jsonl', '--count', '60', '--without', 'title', '--without', 'startend:quotation')
  expect(idsIn(own)).not.toContain('detectable_format:title')
  const held = await made('held.jsonl', '--count', '60', '--family', 'title', '--family', 'quotes', '--except', join(folder, 'own.jsonl'))
  expect(idsIn(held)).toEqual(new Set(['detectable_format:title', 'startend:quotation']))
  const tasks = new Set(promptsOf(own).map(taskOf))
  expect(promptsOf(held).filter((prompt) => tasks.has(taskOf(prompt)))).toEqual([])
  const others = await made('others.jsonl', '--count', '100', '--held-out')
  expect(promptsOf(others).filter((prompt) => tasks.has(taskOf(prompt)))).toEqual([])
})

test('refuses options that contradict each other, and unknown families', async () => {
  await expect(made('bad.jsonl', '--count', '5', '--min', '3', '--max', '2')).rejects.toThrow('--min is 3, but --max is 2.')
  await expect(made('bad.jsonl', '--count', '5', '--family', 'rhymes')).rejects.toThrow('no family of requirements "rhymes"')
  await expect(made('bad.jsonl', '--count', '5', '--held-out', '--tasks', 'x.jsonl')).rejects.toThrow('both say where')
})
