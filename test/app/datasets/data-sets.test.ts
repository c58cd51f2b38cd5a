import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DataSets, dataSets, idOf } from '../../../main/app/datasets/data-sets.ts'
import { dataReader } from '../../../main/app/datasets/reader.ts'
import { uploads as uploadsOf } from '../../../main/app/datasets/uploads.ts'
import { importFile } from '../../../main/data/import-file.ts'
import type { ReadingChoice } from '../../../main/shared/contract/datasets-contract.ts'
import { recipe as recipeSchema } from '../../../main/shared/recipe.ts'
import type { Store } from '../../../main/store/store.ts'
import { setJobState } from '../../support/job-state.ts'
import { needing, referenceNumbers } from '../../support/needs.ts'
import { sharedFile } from '../../support/shared.ts'
import { createTinyRun, tinyRecipe, workWithStandIn } from '../../support/tiny-run.ts'
import { withTinyStore } from '../../support/tiny-store.ts'

let home: string
let store: Store
let library: DataSets
withTinyStore((tiny) => {
  ;({ home, store } = tiny)
  library = dataSets({ home, store, reader: dataReader(), uploads: uploadsOf(home) })
})

/** A file with these rows; strings are written verbatim as lines. */
function fileOf(name: string, ...rows: (object | string)[]): string {
  const path = join(home, name)
  writeFileSync(path, rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''))
  return path
}

const chosen = (source: ReadingChoice['source']): ReadingChoice => ({ source, format: null, split: null, encoding: null, mapping: null })
const importing = (path: string, name: string) => library.import({ ...chosen({ path }), name })

describe('the library', () => {
  test('lists what ships with Laurel, and its uses in a recipe', async () => {
    const sets = await library.list()
    expect(sets.map(({ name, kind, uses }) => [name, kind, uses[0]])).toEqual([
      ['Self-Instruct seed tasks', 'instructions', 'ift'],
      ['OpenAssistant, ranked answers', 'ranked', 'ranked'],
      ['Demo: instructions', 'instructions', 'ift'],
      ['Demo: judgements', 'evaluations', 'eft'],
      ['Demo: held-out prompts', 'prompts', 'prompts'],
    ])
    expect(sets.every(({ origin, path }) => origin === 'shipped' && existsSync(path))).toBe(true)
  })

  test('copies an imported file to a form that a recipe can use directly', async () => {
    const path = fileOf('mine.json', '[{"instruction": "Sort", "input": "b a", "output": "a b"}]')
    const set = await importing(path, 'My data')
    expect(set).toMatchObject({ id: 'my-data', name: 'My data', kind: 'instructions', source: path, counts: { instructions: 1 } })
    expect((await importFile(set.path)).instructions).toEqual([{ line: 1, prompt: 'Sort\n\nb a', response: 'a b', task: 'Sort' }])
    expect((await library.list()).at(-1)?.id).toBe('my-data')
    store.runs.create({ name: 'run', recipe: recipeSchema.parse(tinyRecipe(home, { seed_data: { ift: set.path } })) })
    expect((await library.list()).at(-1)?.usedBy).toMatchObject([{ name: 'run', isOver: false }])
  })

  test('rejects a name that differs only in case or marks, or has no letter or digit', async () => {
    const path = fileOf('a.jsonl', { prompt: 'x' })
    await importing(path, 'Füße 1')
    await expect(importing(path, 'FUSSE-1')).resolves.toBeDefined() // a different word
    await expect(importing(path, 'füße 1')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/already/) })
    await expect(importing(path, '…')).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(idOf('../../etc')).toBe('etc')
  })

  test('leaves nothing behind after a file in no known format', async () => {
    const path = fileOf('odd.jsonl', { size: 'red' })
    await expect(importing(path, 'odd')).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/its format is unknown/),
    })
    expect(existsSync(join(home, 'data')) ? readdirSync(join(home, 'data')) : []).toEqual([])
  })

  test('hides a folder that is not a data set', async () => {
    const { id } = await importing(fileOf('a.jsonl', { prompt: 'x' }), 'a')
    writeFileSync(join(home, 'data', id, 'about.json'), '{"version": 2}')
    expect((await library.list()).some(({ origin }) => origin === 'imported')).toBe(false)
    for (const other of [id, '..', '../runs', '']) {
      await expect(library.rows({ id: other, offset: 0, limit: 1, search: '' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
  })
})

describe('a preview', () => {
  test('names every bad row with its line and reason, and counts duplicates', async () => {
    const good = { instruction: 'Add 1 and 1', output: '2' }
    const path = fileOf(
      'mixed.jsonl',
      good,
      '{broken',
      good,
      { instruction: 'Add', output: '' },
      { instruction: 'Add 1 and 1', output: 'two' },
    )
    const preview = await library.preview(chosen({ path }))
    expect(preview).toMatchObject({
      format: 'alpaca',
      counts: { instructions: 3 },
      repeatedRows: 1,
      repeatedPrompts: 2,
      nearPrompts: 0,
      name: 'mixed',
    })
    expect(preview.rejected.total).toBe(2)
    expect(preview.rejected.first[0]).toMatchObject({ line: 2, reason: expect.stringMatching(/not JSON/) })
    expect(preview.rejected.first[1]).toEqual({ line: 4, reason: expect.stringMatching(/"output"/) })
    expect(preview.sample[0]).toMatchObject({ index: 0, line: 1, prompt: 'Add 1 and 1', answers: [{ role: 'response', text: '2' }] })
  })

  test('reads a file of any shape by its columns, and remembers them for files with the same columns', async () => {
    const path = join(home, 'fragen.csv')
    writeFileSync(path, 'Frage;Antwort;Quelle\nWarum?;Darum.;Buch\nWo?;Hier.;Netz\n')
    await expect(library.preview(chosen({ path }))).rejects.toMatchObject({ code: 'BAD_INPUT' })
    const choice = { source: { path }, split: null, encoding: null }
    const { columns, remembered } = await library.columns(choice)
    expect(columns).toEqual([
      { name: 'Frage', example: 'Warum?' },
      { name: 'Antwort', example: 'Darum.' },
      { name: 'Quelle', example: 'Buch' },
    ])
    expect(remembered).toBeNull()
    const mapping = { kind: 'instructions', columns: { prompt: 'Frage', response: 'Antwort' } } as const
    const report = await library.preview({ ...chosen({ path }), mapping })
    expect(report).toMatchObject({ kind: 'instructions', counts: { instructions: 2 } })
    expect(report.notes).toContain('The field "column Quelle" isn\'t used (2 rows).')
    const set = await library.import({ ...chosen({ path }), mapping, name: 'Fragen' })
    expect(set).toMatchObject({ kind: 'instructions', uses: expect.arrayContaining(['ift']) })

    const other = join(home, 'more.csv')
    writeFileSync(other, 'Quelle;Antwort;Frage\nBuch;Nein.;Ja?\n')
    expect((await library.columns({ ...choice, source: { path: other } })).remembered).toEqual(mapping)
    const third = join(home, 'else.csv')
    writeFileSync(third, 'Frage;Antwort\nJa?;Nein.\n')
    expect((await library.columns({ ...choice, source: { path: third } })).remembered).toBeNull()
  })

  test('reads the rows in another format if the user chooses one', async () => {
    const path = fileOf('both.jsonl', { prompt: 'p', completion: 'c', chosen: 'a', rejected: 'b' })
    expect((await library.preview(chosen({ path }))).format).toBe('preferences')
    const preview = await library.preview({ ...chosen({ path }), format: 'prompt-completion' })
    expect(preview.sample[0].answers).toEqual([{ role: 'response', rank: null, text: 'c' }])
  })

  test('counts prompts that runs hold out', async () => {
    const run = createTinyRun(store, home)
    expect(await workWithStandIn(store, home, run)).toBe('finished')
    const [heldOut] = store.examples.ofKind(run, 'held-out')
    const path = fileOf('leak.jsonl', { prompt: `  ${heldOut.instruction.replace(' ', '\n')} ` }, { prompt: 'Something else entirely' })
    expect((await library.preview(chosen({ path }))).heldOutPrompts).toBe(1)
  })

  test('says why a file is unreadable', async () => {
    await expect(library.preview(chosen({ path: join(home, 'nothing.jsonl') }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(library.preview(chosen({ upload: 'none' }))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the rows of a set', () => {
  test('are found by position and by content, and each can be read in full', async () => {
    const long = 'long '.repeat(200)
    const rows = Array.from({ length: 50 }, (_, i) => ({ prompt: `Question ${i}`, completion: i === 7 ? long : `Answer ${i}` }))
    const { id } = await importing(fileOf('many.jsonl', ...rows), 'many')
    const page = await library.rows({ id, offset: 10, limit: 3, search: '' })
    expect({ total: page.total, shown: page.rows.map(({ prompt }) => prompt) }).toEqual({
      total: 50,
      shown: ['Question 10', 'Question 11', 'Question 12'],
    })
    const found = await library.rows({ id, offset: 0, limit: 10, search: 'LONG LONG' })
    expect(found.rows.map(({ index }) => index)).toEqual([7])
    expect(found.rows[0].answers[0].text.length).toBeLessThan(long.length)
    expect((await library.row({ id, index: 7 })).answers[0].text).toBe(long)
    await expect(library.row({ id, index: 50 })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('removing a set', () => {
  test('fails while an unfinished run uses it, and deletes its folder afterward', async () => {
    const { id, path } = await importing(fileOf('a.jsonl', { instruction: 'a', output: 'b' }), 'a')
    const run = store.runs.create({ name: 'user', recipe: recipeSchema.parse(tinyRecipe(home, { seed_data: { ift: path } })) })
    await expect(library.remove(id)).rejects.toMatchObject({ code: 'BUSY', message: expect.stringContaining('user') })
    expect(existsSync(path)).toBe(true)
    setJobState(store, run, 'finished')
    await library.remove(id)
    expect(readdirSync(join(home, 'data'))).toEqual([])
    await expect(library.remove('shipped-demo-ift')).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})

needing(referenceNumbers).describe('files in the wild', () => {
  test.each([
    ['alpaca-en-999.json', 'instructions', { instructions: 999 }],
    ['dpo-en-300.json', 'preferences', { preferences: 299 }],
    ['oasst2-ranked.jsonl', 'ranked', { ranked: 2293 }],
    ['oasst-en-100-trees.jsonl', 'ranked', { ranked: 98 }],
    ['self-instruct-seed-tasks.jsonl', 'instructions', { instructions: 175 }],
    ['vicuna-questions.jsonl', 'prompts', { prompts: 80 }],
    ['generated-prompts-unique.jsonl', 'prompts', {}],
  ] as const)('%s is imported, and its copy contains as much', async (name, kind, counts) => {
    const set = await importing(sharedFile(`data/${name}`), name)
    expect(set).toMatchObject({ kind, counts })
    const [of, copy] = [await importFile(sharedFile(`data/${name}`)), await importFile(set.path)]
    expect(copy.rejected).toEqual([])
    for (const list of ['instructions', 'ranked', 'preferences', 'prompts'] as const) expect(copy[list].length).toBe(of[list].length)
    expect(readFileSync(set.path, 'utf8').split('\n').length).toBeGreaterThan(1)
  })
})
