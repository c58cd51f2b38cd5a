import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, parse } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browse, lookAt, shortcutsOf } from '../../main/app/system/file-browser.ts'
import { resourceFile } from '../../main/common/resources.ts'
import { needing, posix } from '../support/needs.ts'

describe('choosing a path on the machine', () => {
  let root: string

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'laurel-browse-'))
    mkdirSync(join(root, 'model 10'))
    writeFileSync(join(root, 'model 10', 'config.json'), '{}')
    writeFileSync(join(root, 'model 10', 'model.safetensors'), '')
    mkdirSync(join(root, 'model 9'))
    mkdirSync(join(root, '.hidden'))
    writeFileSync(join(root, 'rows.jsonl'), '{}\n')
    writeFileSync(join(root, 'small.GGUF'), '')
    symlinkSync(join(root, 'rows.jsonl'), join(root, 'a link'))
    symlinkSync(join(root, 'nowhere'), join(root, 'a broken link'))
    symlinkSync(join(root, 'model 10'), join(root, 'z folder link'))
    symlinkSync(join(root, 'endless'), join(root, 'endless'))
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  test('lists folders first, in natural order; shows links as their targets; omits hidden entries and broken links', async () => {
    const { folder, parent, entries } = await browse({ path: root })
    expect({ folder, parent }).toEqual({ folder: root, parent: tmpdir() })
    expect(entries.map(({ name, kind, isModel }) => [name, kind, isModel])).toEqual([
      ['model 9', 'folder', false],
      ['model 10', 'folder', true],
      ['z folder link', 'folder', true],
      ['a link', 'file', false],
      ['rows.jsonl', 'file', false],
      ['small.GGUF', 'file', true],
    ])
    expect(entries.find(({ name }) => name === 'rows.jsonl')).toMatchObject({ bytes: 3, isHidden: false })
  })

  test('lists hidden entries on request', async () => {
    const { entries } = await browse({ path: root, hidden: true })
    expect(entries[0]).toMatchObject({ name: '.hidden', isHidden: true })
  })

  test('starts in the home folder, resolves ~, and returns the path to the root', async () => {
    expect((await browse({ path: null })).folder).toBe(homedir())
    expect((await browse({ path: '~' })).folder).toBe(homedir())
    const { trail } = await browse({ path: root })
    expect(trail[0].path).toBe(parse(root).root)
    expect(trail.at(-1)?.path).toBe(root)
    expect((await browse({ path: parse(root).root })).parent).toBeNull()
  })

  test.each([
    ["a folder that doesn't exist", 'nowhere', 'NOT_FOUND', /doesn't exist/],
    ['a file', 'rows.jsonl', 'BAD_INPUT', /is a file/],
    ['a link to itself', 'endless', 'BAD_INPUT', /ELOOP/],
  ])('%s fails to open', async (_, name, code, message) => {
    await expect(browse({ path: join(root, name) })).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  needing(posix).test('a closed folder fails to open, and a path in it is reported as closed', async () => {
    const closed = join(root, 'closed')
    mkdirSync(closed, { mode: 0 })
    const isRoot = process.geteuid?.() === 0 // root may read everything
    try {
      if (isRoot) process.seteuid?.(65534)
      await expect(browse({ path: closed })).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringMatching(/permission to read/),
      })
      expect(lookAt(join(closed, 'rows.jsonl'), 'file').problem).toBe("You don't have permission to read this folder.")
    } finally {
      if (isRoot) process.seteuid?.(0)
      chmodSync(closed, 0o700)
      rmSync(closed, { recursive: true })
    }
  })

  test("shows the nearest folder on request if the path is a file or doesn't exist", async () => {
    expect((await browse({ path: join(root, 'rows.jsonl'), nearest: true })).folder).toBe(root)
    expect((await browse({ path: join(root, 'not', 'there'), nearest: true })).folder).toBe(root)
  })

  test('lists a very large folder in part, and says so', async () => {
    const many = join(root, 'model 9')
    for (let i = 0; i < 5003; i++) writeFileSync(join(many, `${i}`), '')
    const { entries, leftOut } = await browse({ path: many })
    expect({ listed: entries.length, leftOut }).toEqual({ listed: 5000, leftOut: 3 })
  })

  test.each([
    ['file', 'rows.jsonl', null],
    ['file', 'model 10', 'This is a folder, not a file.'],
    ['file', 'nowhere', 'File not found.'],
    ['folder', 'model 10', null],
    ['folder', 'rows.jsonl', 'This is a file, not a folder.'],
    ['folder', 'rows.jsonl/below', 'There is nothing at this path.'],
    ['model', 'model 10', null],
    ['model', 'small.GGUF', null],
    ['model', 'rows.jsonl', "This isn't a GGUF file."],
    ['model', 'model 9', "This isn't a model folder: it must contain config.json and .safetensors files."],
    ['save', 'new.jsonl', null],
    ['save', 'model 9', 'This is a folder. Enter a file name in it.'],
  ] as const)('a path for %s: %s', (kind, name, problem) => {
    expect(lookAt(join(root, name), kind)).toMatchObject({ path: join(root, name), problem })
  })

  test('says whether a file would be replaced', () => {
    expect(lookAt(join(root, 'rows.jsonl'), 'save')).toMatchObject({ problem: null, replaces: true })
    expect(lookAt(join(root, 'new'), 'save')).toMatchObject({ problem: null, replaces: false })
  })

  test('shortcuts lead to shipped resources and recent places that exist', () => {
    const shortcuts = shortcutsOf(root, [join(root, 'model 10'), join(root, 'gone')])
    expect(shortcuts).toContainEqual({ name: 'Shipped seed data', path: resourceFile('seed-data'), group: 'place' })
    expect(shortcuts.filter(({ group }) => group === 'recent').map(({ name }) => name)).toEqual(['model 10'])
  })
})
