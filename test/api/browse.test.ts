import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, parse } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browse, lookAt, shortcutsOf } from '../../main/api/browse.ts'
import { resourceFile } from '../../main/common/resources.ts'
import { needing, posix } from '../support/needs.ts'

describe('choosing a place of the machine', () => {
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

  test('lists folders first, by name as people count; links as what they lead to; hidden ones and broken links not', async () => {
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

  test('lists hidden ones when asked', async () => {
    const { entries } = await browse({ path: root, hidden: true })
    expect(entries[0]).toMatchObject({ name: '.hidden', isHidden: true })
  })

  test('begins in the person’s own folder, knows ~ and the way to the root', async () => {
    expect((await browse({ path: null })).folder).toBe(homedir())
    expect((await browse({ path: '~' })).folder).toBe(homedir())
    const { trail } = await browse({ path: root })
    expect(trail[0].path).toBe(parse(root).root)
    expect(trail.at(-1)?.path).toBe(root)
    expect((await browse({ path: parse(root).root })).parent).toBeNull()
  })

  test.each([
    ['a folder that is not there', 'nowhere', 'NOT_FOUND', /no folder/],
    ['a file', 'rows.jsonl', 'BAD_INPUT', /is a file/],
    ['a link to itself', 'endless', 'BAD_INPUT', /ELOOP/],
  ])('%s cannot be looked into', async (_, name, code, message) => {
    await expect(browse({ path: join(root, name) })).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  needing(posix).test('a closed folder cannot be looked into, and a path in it is said to be closed', async () => {
    const closed = join(root, 'closed')
    mkdirSync(closed, { mode: 0 })
    const isRoot = process.geteuid?.() === 0 // for whom nothing is closed
    try {
      if (isRoot) process.seteuid?.(65534)
      await expect(browse({ path: closed })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/may not look/) })
      expect(lookAt(join(closed, 'rows.jsonl'), 'file').problem).toBe('You may not look there.')
    } finally {
      if (isRoot) process.seteuid?.(0)
      chmodSync(closed, 0o700)
      rmSync(closed, { recursive: true })
    }
  })

  test('where a path is a file or not there, the nearest folder is shown if that will do', async () => {
    expect((await browse({ path: join(root, 'rows.jsonl'), nearest: true })).folder).toBe(root)
    expect((await browse({ path: join(root, 'not', 'there'), nearest: true })).folder).toBe(root)
  })

  test('a very large folder is listed in part, and says so', async () => {
    const many = join(root, 'model 9')
    for (let i = 0; i < 5003; i++) writeFileSync(join(many, `${i}`), '')
    const { entries, leftOut } = await browse({ path: many })
    expect({ listed: entries.length, leftOut }).toEqual({ listed: 5000, leftOut: 3 })
  })

  test.each([
    ['file', 'rows.jsonl', null],
    ['file', 'model 10', 'This is a folder, not a file.'],
    ['file', 'nowhere', 'There is no such file.'],
    ['folder', 'model 10', null],
    ['folder', 'rows.jsonl', 'This is a file, not a folder.'],
    ['folder', 'rows.jsonl/below', 'There is nothing at this path.'],
    ['model', 'model 10', null],
    ['model', 'small.GGUF', null],
    ['model', 'rows.jsonl', 'This file is no GGUF file.'],
    ['model', 'model 9', 'This folder holds no config.json with safetensors beside it, so it is no model.'],
    ['save', 'new.jsonl', null],
    ['save', 'model 9', 'This is a folder. Name a file in it.'],
  ] as const)('a path wanted for %s: %s', (kind, name, problem) => {
    expect(lookAt(join(root, name), kind)).toMatchObject({ path: join(root, name), problem })
  })

  test('says where a file would be replaced', () => {
    expect(lookAt(join(root, 'rows.jsonl'), 'save')).toMatchObject({ problem: null, replaces: true })
    expect(lookAt(join(root, 'new'), 'save')).toMatchObject({ problem: null, replaces: false })
  })

  test('shortcuts lead to what ships and to recent places, as far as they are there', () => {
    const shortcuts = shortcutsOf(root, [join(root, 'model 10'), join(root, 'gone')])
    expect(shortcuts).toContainEqual({ name: 'Shipped seed data', path: resourceFile('seed-data'), group: 'place' })
    expect(shortcuts.filter(({ group }) => group === 'recent').map(({ name }) => name)).toEqual(['model 10'])
  })
})
