import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { resourceFile } from '../../main/common/resources.ts'
import type { LibraryFile } from '../../main/models/library.ts'
import { modelFacts, modelFiles } from '../../main/models/models-thread.ts'
import { addedPlaces, addPlace, forgetPlace } from '../../main/models/places.ts'
import { endlessDevice, needing } from '../support/needs.ts'
import { tinyGgufMetadata, tinyGgufTensors } from '../support/tiny-gguf.ts'
import { ggufBytes } from '../support/write-gguf.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-library-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const demoFiles = ['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']

/** Copies the demo model into a folder. */
function copyDemo(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const name of demoFiles) copyFileSync(resourceFile('demo', 'model', name), join(folder, name))
  return folder
}

const library = (env: NodeJS.ProcessEnv = {}): Promise<LibraryFile[]> => modelFiles(home, { HF_HOME: join(home, 'hf'), ...env })
const named = (models: readonly LibraryFile[], name: string): LibraryFile => models.find((model) => model.name === name)!

test('the demo model is always listed, with the facts from its headers', async () => {
  expect(await library()).toMatchObject([
    {
      ...{ name: 'Demo model', source: 'demo', format: 'hugging-face', architecture: 'llama', parameters: 804_992 },
      ...{ precision: 'float32', contextLength: 256, hasChatTemplate: true, license: null, problem: null },
    },
  ])
})

test('finds models in the data folder and in the Hugging Face cache, there the main revision', async () => {
  copyDemo(join(home, 'models', 'org', 'one'))
  writeFileSync(join(home, 'models', 'tiny.gguf'), ggufBytes(tinyGgufMetadata(), tinyGgufTensors()))
  const repository = join(home, 'hf', 'hub', 'models--org--two')
  copyDemo(join(repository, 'snapshots', 'aaa'))
  copyDemo(join(repository, 'snapshots', 'bbb'))
  writeFileSync(join(repository, 'snapshots', 'aaa', 'README.md'), '---\nlicense: apache-2.0\n---\n# Two\n')
  mkdirSync(join(repository, 'refs'))
  writeFileSync(join(repository, 'refs', 'main'), 'aaa')
  const models = await library()
  expect(models.map(({ name, source }) => `${source} ${name}`)).toEqual([
    'demo Demo model',
    'folder org/one',
    'folder tiny.gguf',
    'cache org/two',
  ])
  expect(named(models, 'org/two')).toMatchObject({ path: join(repository, 'snapshots', 'aaa'), license: 'apache-2.0' })
  expect(named(models, 'tiny.gguf')).toMatchObject({
    format: 'gguf',
    architecture: 'llama',
    precision: 'F32',
    contextLength: 32,
    problem: null,
  })
})

const damages: [string, (folder: string) => void, RegExp][] = [
  ['truncated', (folder) => truncateSync(join(folder, 'model.safetensors'), 100_000), /incomplete: it has 100,000 of 3,223,960 bytes/],
  ['without weights', (folder) => rmSync(join(folder, 'model.safetensors')), /weights are missing/],
  [
    'with a shard missing',
    (folder) => {
      rmSync(join(folder, 'model.safetensors'))
      writeFileSync(
        join(folder, 'model.safetensors.index.json'),
        JSON.stringify({ weight_map: { a: 'a.safetensors', b: 'b.safetensors' } }),
      )
    },
    /2 of its 2 weight files are missing/,
  ],
  ['with garbage for weights', (folder) => writeFileSync(join(folder, 'model.safetensors'), 'rubbish'), /damaged or incomplete/],
  ['with a broken configuration', (folder) => writeFileSync(join(folder, 'config.json'), '{"model_type":'), /config\.json is damaged/],
  [
    'of an unknown kind',
    (folder) => writeFileSync(join(folder, 'config.json'), '{"model_type":"gpt2"}'),
    /gpt2 models aren't supported. Laurel runs Llama/,
  ],
  ['without a tokenizer', (folder) => rmSync(join(folder, 'tokenizer.json')), /tokenizer\.json is missing/],
  [
    'whose weights are a broken link',
    (folder) => {
      rmSync(join(folder, 'model.safetensors'))
      symlinkSync(join(folder, 'nowhere'), join(folder, 'model.safetensors'))
    },
    /no such file|missing/i,
  ],
]

test.each(damages)('a model %s is listed with its problem, and the others as usual', async (_, damage, problem) => {
  damage(copyDemo(join(home, 'models', 'bad')))
  copyDemo(join(home, 'models', 'good'))
  const models = await library()
  expect(named(models, 'bad').problem).toMatch(problem)
  expect(named(models, 'good').problem).toBeNull()
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['other content', Buffer.from('something else altogether, long enough')],
  ['a header without its end', ggufBytes(tinyGgufMetadata(), tinyGgufTensors()).subarray(0, 200)],
  ['counts that no file could hold', Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), Buffer.alloc(16, 0xff)])],
])("a GGUF file with %s has a problem, and doesn't throw", async (_, bytes) => {
  const path = join(home, 'bad.gguf')
  writeFileSync(path, bytes)
  expect((await modelFacts(path)).problem).toMatch(/GGUF|damaged/)
})

test('model facts are read again when the files have changed', async () => {
  const folder = copyDemo(join(home, 'models', 'one'))
  expect((await modelFacts(folder)).problem).toBeNull()
  rmSync(join(folder, 'model.safetensors'))
  expect((await modelFacts(folder)).problem).toMatch(/weights are missing/)
})

test('a place is added once, lists its models, and is removed without touching them', async () => {
  const place = join(home, 'elsewhere')
  copyDemo(join(place, 'one'))
  expect(await addPlace(home, place)).toBe(1)
  await addPlace(home, place)
  expect(addedPlaces(home)).toEqual([place])
  expect(named(await library(), 'one')).toMatchObject({ source: 'added', problem: null })
  forgetPlace(home, place)
  expect((await library()).map(({ name }) => name)).toEqual(['Demo model'])
  expect(await addPlace(home, place)).toBe(1)
})

test('one model of an added folder can be removed from the list; adding the folder again restores it', async () => {
  const place = join(home, 'elsewhere')
  const [one] = ['one', 'two'].map((name) => copyDemo(join(place, name)))
  await addPlace(home, place)
  forgetPlace(home, one)
  expect((await library()).map(({ name }) => name)).toEqual(['Demo model', 'two'])
  expect(addedPlaces(home)).toEqual([place])
  await addPlace(home, place)
  expect((await library()).map(({ name }) => name)).toEqual(['Demo model', 'one', 'two'])
})

test('a place that was never added can’t be removed', () => {
  expect(() => forgetPlace(home, join(home, 'nowhere'))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
})

test('a place whose models are gone stays on the list and says so', async () => {
  const place = copyDemo(join(home, 'elsewhere'))
  await addPlace(home, place)
  rmSync(place, { recursive: true })
  expect(named(await library(), place).problem).toMatch(/no longer exists/)
})

test('a missing path or a folder without models can’t be added', async () => {
  await expect(addPlace(home, join(home, 'nothing'))).rejects.toThrow(/nothing doesn't exist/)
  await expect(addPlace(home, home)).rejects.toThrow(/No model found at/)
  await expect(addPlace(home, 'relative')).rejects.toThrow(/absolute path/)
})

describe('a folder designed to block its readers', () => {
  const problemOf = async (change: (folder: string) => void): Promise<string | null> => {
    rmSync(join(home, 'models', 'hostile'), { recursive: true, force: true })
    const folder = copyDemo(join(home, 'models', 'hostile'))
    change(folder)
    return named(await library(), 'hostile').problem
  }
  const link = (name: string) => (folder: string) => {
    rmSync(join(folder, name), { force: true })
    symlinkSync('/dev/zero', join(folder, name))
  }
  const pipe = (name: string) => (folder: string) => {
    rmSync(join(folder, name), { force: true })
    execFileSync('mkfifo', [join(folder, name)])
  }

  needing(endlessDevice).test.each(['config.json', 'tokenizer_config.json'])('rejects an endless device or a pipe as %s', async (name) => {
    expect(await problemOf(link(name))).toBe(`${name} isn't a file.`)
    expect(await problemOf(pipe(name))).toBe(`${name} isn't a file.`)
  })

  needing(endlessDevice).test.each(['model.safetensors', 'model.safetensors.index.json'])(
    'rejects an endless device as %s',
    async (name) => {
      const instead = (place: (folder: string) => void) => (folder: string) => {
        rmSync(join(folder, 'model.safetensors'))
        place(folder)
      }
      expect(await problemOf(instead(link(name)))).toMatch(/(?:isn't|is not) a file/)
      expect(await problemOf(instead(pipe(name)))).toMatch(/(?:isn't|is not) a file/)
    },
  )

  needing(endlessDevice).test('an endless model card gives no license', async () => {
    expect(await problemOf(link('README.md'))).toBeNull()
    expect(await problemOf(pipe('README.md'))).toBeNull()
  })

  test('rejects a header that names more tensors than any model has', async () => {
    const header = Buffer.from(
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [i, { dtype: 'F32', shape: [0], data_offsets: [0, 0] }])),
      ),
    )
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    const file = Buffer.concat([length, header])
    expect(await problemOf((folder) => writeFileSync(join(folder, 'model.safetensors'), file))).toMatch(
      /more tensors than a model can have/,
    )
  })

  test('rejects a configuration of two megabytes', async () => {
    expect(await problemOf((folder) => writeFileSync(join(folder, 'config.json'), `{"a":"${'x'.repeat(2 << 20)}"}`))).toMatch(/too large/)
  })

  test('rejects a GGUF header that declares more than any model has, in a sparse file', async () => {
    mkdirSync(join(home, 'models'), { recursive: true })
    const path = join(home, 'models', 'sparse.gguf')
    const head = Buffer.alloc(24)
    head.write('GGUF')
    head.writeUInt32LE(3, 4)
    head.writeBigUInt64LE(9_900_000n, 8)
    writeFileSync(path, head)
    truncateSync(path, 1e9)
    expect(named(await library(), 'sparse.gguf').problem).toMatch(/more tensors than a model can have/)
  })
})
