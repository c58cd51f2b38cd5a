import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { importFile } from '../../../main/data/import-file.ts'
import { arrowRows } from '../../../main/data/sources/arrow-rows.ts'
import type { LaurelError } from '../../../main/shared/errors.ts'
import { reasons } from '../temporary-files.ts'

const files = join(import.meta.dirname, '..', 'files')
const folder = mkdtempSync(join(tmpdir(), 'laurel-sources-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (name: string, options = {}) => importFile(join(files, name), options)
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const failure = async (path: string, options = {}) => (await importFile(path, options).catch((error: unknown) => error)) as LaurelError

describe('Parquet', () => {
  test.each(['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'])('reads every row group of a file compressed with %s', async (codec) => {
    const { preferences, rejected, notes } = await read(`pairs-${codec}.parquet`)
    expect(preferences.map(({ line, prompt, scoreRejected }) => [line, prompt, scoreRejected])).toEqual(
      [1, 2, 3, 4, 5, 6].map((i) => [i, `What is ${i} plus ${i}?`, 3 + i / 10]),
    )
    expect(preferences[0]).toMatchObject({ chosen: '2.', rejected: 'It is 3, naïvely: “ja”.', scoreChosen: 8.5 })
    expect(rejected).toEqual([])
    expect(notes).toEqual(['The field "prompt_id" isn\'t used (6 rows).'])
  })

  test('a null is a missing field; large strings, dictionaries, and times are read', async () => {
    const { instructions, rejected, notes } = await read('tasks.parquet')
    expect(instructions).toEqual([
      { line: 1, prompt: 'Sort the letters.\n\nb a', response: 'a b' },
      { line: 2, prompt: 'Name a sea.', response: 'The North Sea.' },
    ])
    expect(rejected).toEqual([])
    expect(notes).toEqual(['The field "added" isn\'t used (1 row).'])
  })

  test('a damaged file and one without rows say so', async () => {
    const bytes = readFileSync(join(files, 'pairs-none.parquet'))
    const cut = await failure(write('cut.parquet', bytes.subarray(0, bytes.length - 40)))
    expect(cut.code).toBe('BAD_INPUT')
    expect((await failure(join(files, 'no-rows.parquet'))).message).toMatch(/the file is empty/)
  })
})

describe('Arrow', () => {
  const unused = ['The field "prompt_id" isn\'t used (6 rows).', 'The field "token_ids" isn\'t used (6 rows).']

  test.each(['uncompressed', 'zstd', 'lz4'])('reads every batch of a %s Feather file', async (codec) => {
    const { preferences, rejected, notes } = await read(`pairs-${codec}.feather`)
    expect(preferences).toEqual((await read('pairs-none.parquet')).preferences)
    expect(rejected).toEqual([])
    expect(notes.toSorted()).toEqual(unused)
  })

  test('a stream is read as the same table in Parquet is', async () => {
    const { instructions, rejected, notes } = await read('tasks.parquet')
    expect(await read('tasks.arrow')).toMatchObject({ instructions, rejected, notes })
  })

  test('numbers are as in JSON: lists of integers, and texts beyond 2^53', () => {
    const [first] = [...arrowRows(join(files, 'pairs-zstd.feather'))]
    expect(first).toMatchObject({ line: 1, value: { token_ids: [1, 2], prompt_id: '9007199254740994' } })
  })

  test('damaged files are refused', async () => {
    for (const name of ['pairs-uncompressed.feather', 'pairs-zstd.feather', 'pairs-lz4.feather', 'tasks.arrow']) {
      const bytes = readFileSync(join(files, name))
      for (const end of [12, 200, Math.floor(bytes.length / 2), bytes.length - 20])
        expect(await failure(write('cut.arrow', bytes.subarray(0, end)))).toMatchObject({ code: 'BAD_INPUT' })
    }
  })

  test('lengths and offsets that exceed the data are refused', async () => {
    const bytes = readFileSync(join(files, 'tasks.arrow'))
    for (let at = bytes.length - 200; at < bytes.length; at++) {
      const damaged = Uint8Array.from(bytes)
      damaged[at] ^= 0xff
      const code = await importFile(write('byte.arrow', damaged)).then(
        () => 'read',
        (error: LaurelError) => error.code,
      )
      expect(['read', 'BAD_INPUT']).toContain(code)
    }
    const rows = bytes.lastIndexOf(Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])) // a column's length
    bytes[rows + 3] = 0x40
    expect((await failure(write('rows.arrow', bytes))).message).toMatch(/couldn't be read as Arrow/)
  })
})

describe('lengths in the metadata of an Arrow file', () => {
  const damagedFile = (name: string, damage: (data: DataView) => void): string => {
    const bytes = Uint8Array.from(readFileSync(join(files, name)))
    damage(new DataView(bytes.buffer))
    return write(`damaged-${name}`, bytes)
  }
  /** Where a stream's messages begin, with the marker that precedes a length. */
  const messages = (data: DataView): number[] =>
    Array.from({ length: data.byteLength / 4 }, (_, i) => 4 * i).filter((at) => data.getInt32(at, true) === -1)

  test('a negative one of a message, which would be read again without end, is refused', async () => {
    for (const length of [-8, -2, -(2 ** 31)]) {
      const path = damagedFile('tasks.arrow', (data) => data.setInt32(messages(data)[1] + 4, length, true))
      expect(await failure(path)).toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('a message has a negative length') })
    }
    const footer = damagedFile('pairs-uncompressed.feather', (data) => data.setInt32(data.byteLength - 10, -64, true))
    expect(await failure(footer)).toMatchObject({ code: 'BAD_INPUT' })
  })

  test('one of a list that is larger than the file is refused, wherever it is', async () => {
    const [, records] = messages(new DataView(Uint8Array.from(readFileSync(join(files, 'tasks.arrow'))).buffer))
    for (let at = 8; at < records; at += 4) {
      const path = damagedFile('tasks.arrow', (data) => data.setInt32(at, 0x7ffffff0, true))
      const outcome = await importFile(path).catch((error: LaurelError) => error.code)
      if (typeof outcome === 'string') expect(outcome).toBe('BAD_INPUT')
    }
  })

  test('those of a dictionary and of a column are compared with their values', async () => {
    const two = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])
    const bytes = readFileSync(join(files, 'tasks.arrow'))
    const places: number[] = []
    for (let at = bytes.indexOf(two); at !== -1; at = bytes.indexOf(two, at + 1)) places.push(at)
    expect(places.length).toBeGreaterThan(3)
    const outcomes = places.map(async (place) => {
      const path = write(`length-${place}.arrow`, Uint8Array.from(bytes).fill(0x0f, place + 3, place + 5))
      return importFile(path).then(
        () => 'read',
        ({ code, message }: LaurelError) => `${code} ${/\((.*)\)/.exec(message)?.[1]}`,
      )
    })
    const refused = (await Promise.all(outcomes)).filter((outcome) => outcome.startsWith('BAD_INPUT'))
    expect(refused.length).toBeGreaterThan(3)
  })
})

describe('compressed files', () => {
  test.each(['rows.jsonl.gz', 'rows.jsonl.zst', 'rows.csv.gz', 'members.jsonl.gz', 'members.jsonl.zst'])('reads %s', async (name) => {
    const { instructions } = await read(name)
    expect(instructions.map(({ prompt, response }) => [prompt, response])).toEqual([0, 1, 2].map((i) => [`Prompt ${i}`, `Completion ${i}`]))
  })

  test('the content decides, not the name', async () => {
    expect((await importFile(write('renamed.jsonl', gzipSync('{"prompt": "a"}\n')))).prompts).toEqual(['a'])
  })

  test('errors name the compressed file and leave no copy behind', async () => {
    const before = copies()
    const path = write('bad.jsonl.gz', gzipSync('hello\n'))
    expect((await failure(path)).message).toMatch(`${path}:1: not JSON`)
    const bytes = readFileSync(join(files, 'rows.jsonl.gz'))
    expect((await failure(write('cut.gz', bytes.subarray(0, 60)))).message).toMatch(/gzip compression is damaged or truncated/)
    expect((await failure(write('twice.gz', gzipSync(gzipSync('{}'))))).message).toMatch(/compressed twice/)
    expect(copies()).toEqual(before)
  })

  const copies = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('laurel-unpacked-'))
})

describe('dataset folders', () => {
  test('a card’s front matter names the splits; shards are read in order', async () => {
    const train = await read('hub-folder')
    expect(train.preferences.map(({ line, chosen }) => [line, chosen])).toEqual([1, 2, 3, 4, 5, 6].map((i) => [i, `${2 * i}.`]))
    expect(train.notes).toContain('Read split "train" (2 files); not read: "test_prefs".')
    expect((await read('hub-folder', { split: 'test_prefs' })).preferences).toHaveLength(2)
    const none = await failure(join(files, 'hub-folder'), { split: 'test' })
    expect([none.message, none.remedy]).toEqual([expect.stringMatching(/there is no split "test"/), 'Choose one of train, test_prefs.'])
  })

  test('what save_to_disk wrote is read in the order of its shards, without the files of earlier steps', async () => {
    const expected = (await read('pairs-none.parquet')).preferences
    const whole = await read('saved-dataset')
    expect(whole.preferences).toEqual(expected)
    expect(whole.notes).toContain('Read split "train" (2 files).')
    const splits = await read('saved-splits', { split: 'test_prefs' })
    expect(splits.preferences).toEqual(expected.slice(0, 2))
    expect(splits.notes).toContain('Read split "test_prefs" (1 file); not read: "train".')
    expect((await read('saved-splits/train')).preferences).toEqual(expected)
  })

  test('a saved data set without one of its shards or splits says which', async () => {
    const place = join(folder, 'saved')
    cpSync(join(files, 'saved-dataset'), place, { recursive: true })
    rmSync(join(place, 'data-00001-of-00002.arrow'))
    expect((await failure(place)).message).toBe(`${place}: data-00001-of-00002.arrow is missing`)
    const splits = join(folder, 'saved-splits')
    cpSync(join(files, 'saved-splits'), splits, { recursive: true })
    rmSync(join(splits, 'train'), { recursive: true })
    expect((await failure(splits)).message).toBe(`${splits}: its split "train" is missing`)
  })

  test('without a card, file names tell the splits', async () => {
    expect((await read('plain-folder')).instructions).toHaveLength(3)
    expect((await read('plain-folder', { split: 'validation' })).instructions.map(({ prompt }) => prompt)).toEqual(['Task 3'])
  })

  test('a row that is left out is named by its file and line', async () => {
    const place = join(folder, 'two-files')
    cpSync(join(files, 'plain-folder'), place, { recursive: true })
    writeFileSync(join(place, 'train-2.jsonl'), '{"instruction": "a", "output": "b"}\n{"instruction": "a"}\n{\n')
    const imported = await importFile(place)
    expect(imported.instructions).toHaveLength(4)
    expect(imported.rejected.map(({ reason }) => reason)).toEqual([
      'train-2.jsonl:2: "output" is missing',
      expect.stringMatching(/^train-2\.jsonl:3: not JSON/),
    ])
  })

  test('one of several subsets must be chosen', async () => {
    const place = join(folder, 'subsets')
    cpSync(join(files, 'plain-folder'), place, { recursive: true })
    const configs =
      'configs:\n- config_name: a\n  data_files: train.jsonl\n- config_name: b\n  data_files:\n  - split: test\n    path: "**/valid*.json*"\n'
    writeFileSync(join(place, 'README.md'), `---\nlicense: mit\n${configs}---\ntext\n`)
    expect((await failure(place)).remedy).toBe('Choose one of a, b.')
    expect((await importFile(place, { subset: 'a' })).instructions).toHaveLength(3)
    expect((await importFile(place, { subset: 'b' })).instructions).toHaveLength(1)
  })

  test('LLaMA-Factory’s dataset_info.json says which columns and tags a data set has', async () => {
    const place = join(folder, 'factory')
    cpSync(join(files, 'plain-folder'), place, { recursive: true })
    const info = {
      chats: {
        file_name: 'chats.json',
        formatting: 'sharegpt',
        columns: { messages: 'talk' },
        tags: { role_tag: 'who', content_tag: 'what', user_tag: 'me', assistant_tag: 'you' },
      },
      pairs: { file_name: 'pairs.json', ranking: true, columns: { prompt: 'ask', query: 'about', chosen: 'good', rejected: 'bad' } },
      elsewhere: { hf_hub_url: 'some/where' },
    }
    writeFileSync(join(place, 'dataset_info.json'), JSON.stringify(info))
    const talk = [
      { who: 'me', what: 'Hi' },
      { who: 'you', what: 'Hello' },
    ]
    writeFileSync(join(place, 'chats.json'), JSON.stringify([{ talk }]))
    writeFileSync(join(place, 'pairs.json'), JSON.stringify([{ ask: 'Sort.', about: 'b a', good: 'a b', bad: 'b a', instruction: 'no' }]))
    expect((await importFile(place, { subset: 'chats' })).instructions).toEqual([{ line: 1, prompt: 'Hi', response: 'Hello' }])
    const pairs = await importFile(place, { subset: 'pairs' })
    expect(pairs.preferences).toEqual([{ line: 1, prompt: 'Sort.\n\nb a', chosen: 'a b', rejected: 'b a' }])
    expect(pairs.notes).toContain('The field "other_instruction" isn\'t used (1 row).')
    expect((await failure(place)).remedy).toBe('Choose one as the subset: chats, pairs.')
  })
})

describe('tables', () => {
  test.each([
    [
      'windows-1252',
      Buffer.from(
        'prompt;completion\nÜben „so“;grün – ja\n'.replaceAll('„', '\x84').replaceAll('“', '\x93').replaceAll('–', '\x96'),
        'latin1',
      ),
    ],
    ['utf-16le', Buffer.from('\uFEFFprompt;completion\nÜben „so“;grün – ja\n', 'utf16le')],
    ['utf-16le without a mark', Buffer.from('prompt;completion\nÜben „so“;grün – ja\n', 'utf16le')],
    ['utf-16be', Buffer.from('\uFEFFprompt;completion\nÜben „so“;grün – ja\n', 'utf16le').swap16()],
  ])('%s is detected', async (name, bytes) => {
    const { instructions, notes } = await importFile(write(`${name}.csv`, bytes))
    expect(instructions).toEqual([{ line: 2, prompt: 'Üben „so“', response: 'grün – ja' }])
    expect(notes[0]).toMatch(/read as (UTF-16(LE|BE)|Windows-1252)/)
  })

  test('an encoding and a delimiter can be given', async () => {
    const path = write(
      'given.csv',
      Buffer.from([...Buffer.from('prompt~completion\n'), 0x93, 0xfa, 0x96, 0x7b, ...Buffer.from('~Japan\n')]),
    )
    const { instructions } = await importFile(path, { encoding: 'shift_jis', delimiter: '~' })
    expect(instructions).toEqual([{ line: 2, prompt: '日本', response: 'Japan' }])
    expect((await failure(path, { encoding: 'latin-99' })).message).toMatch(/Unknown encoding "latin-99"/)
  })

  test('a delimiter makes any text file a table', async () =>
    expect((await importFile(write('table.txt', 'prompt|completion\na|b\n'), { delimiter: '|' })).instructions).toHaveLength(1))
})

test('a compressed table’s rows are reported by line', async () => {
  const path = write('rows.tsv.gz', gzipSync('prompt\tcompletion\na\tb\n\tc\n'))
  expect(reasons((await importFile(path)).rejected)).toEqual(['3: "prompt" is missing'])
})
