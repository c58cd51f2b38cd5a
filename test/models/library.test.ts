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

/** A copy of the demo model, in any folder. */
function copyDemo(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const name of demoFiles) copyFileSync(resourceFile('demo', 'model', name), join(folder, name))
  return folder
}

const library = (env: NodeJS.ProcessEnv = {}): Promise<LibraryFile[]> => modelFiles(home, { HF_HOME: join(home, 'hf'), ...env })
const named = (models: readonly LibraryFile[], name: string): LibraryFile => models.find((model) => model.name === name)!

test('the demo model is always there, known by its headers', async () => {
  expect(await library()).toMatchObject([
    {
      ...{ name: 'Demo model', source: 'demo', format: 'hugging-face', architecture: 'llama', parameters: 804_992 },
      ...{ precision: 'float32', contextLength: 256, hasChatTemplate: true, licence: null, problem: null },
    },
  ])
})

test('models in the data folder and in the Hugging Face cache are found, of a cached one the revision that main stands for', async () => {
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
  expect(named(models, 'org/two')).toMatchObject({ path: join(repository, 'snapshots', 'aaa'), licence: 'apache-2.0' })
  expect(named(models, 'tiny.gguf')).toMatchObject({
    format: 'gguf',
    architecture: 'llama',
    precision: 'F32',
    contextLength: 32,
    problem: null,
  })
})

const damages: [string, (folder: string) => void, RegExp][] = [
  ['cut off', (folder) => truncateSync(join(folder, 'model.safetensors'), 100_000), /cut off: 100,000 of 3,223,960 bytes/],
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
  ['with rubbish for weights', (folder) => writeFileSync(join(folder, 'model.safetensors'), 'rubbish'), /damaged or not complete/],
  ['with a broken configuration', (folder) => writeFileSync(join(folder, 'config.json'), '{"model_type":'), /config\.json is damaged/],
  ['of an unknown kind', (folder) => writeFileSync(join(folder, 'config.json'), '{"model_type":"gpt2"}'), /gpt2 model; Laurel runs Llama/],
  ['without a tokenizer', (folder) => rmSync(join(folder, 'tokenizer.json')), /no tokenizer\.json/],
  [
    'whose weights lead nowhere',
    (folder) => {
      rmSync(join(folder, 'model.safetensors'))
      symlinkSync(join(folder, 'nowhere'), join(folder, 'model.safetensors'))
    },
    /no such file|missing/i,
  ],
]

test.each(damages)('a model %s is listed with what is wrong with it, and the others as ever', async (_, damage, problem) => {
  damage(copyDemo(join(home, 'models', 'bad')))
  copyDemo(join(home, 'models', 'good'))
  const models = await library()
  expect(named(models, 'bad').problem).toMatch(problem)
  expect(named(models, 'good').problem).toBeNull()
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['no GGUF', Buffer.from('something else altogether, long enough')],
  ['a header without its end', ggufBytes(tinyGgufMetadata(), tinyGgufTensors()).subarray(0, 200)],
  ['counts that no file could hold', Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), Buffer.alloc(16, 0xff)])],
])('a GGUF file of %s has a problem, and throws nothing', async (_, bytes) => {
  const path = join(home, 'bad.gguf')
  writeFileSync(path, bytes)
  expect((await modelFacts(path)).problem).toMatch(/GGUF|damaged/)
})

test('what is known of a model is read anew when its files have changed', async () => {
  const folder = copyDemo(join(home, 'models', 'one'))
  expect((await modelFacts(folder)).problem).toBeNull()
  rmSync(join(folder, 'model.safetensors'))
  expect((await modelFacts(folder)).problem).toMatch(/weights are missing/)
})

test('a place is added once, holds its models, and is forgotten without touching them', async () => {
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

test('one model of an added folder can be forgotten; the others stay, and adding the folder again brings it back', async () => {
  const place = join(home, 'elsewhere')
  const [one] = ['one', 'two'].map((name) => copyDemo(join(place, name)))
  await addPlace(home, place)
  forgetPlace(home, one)
  expect((await library()).map(({ name }) => name)).toEqual(['Demo model', 'two'])
  expect(addedPlaces(home)).toEqual([place])
  await addPlace(home, place)
  expect((await library()).map(({ name }) => name)).toEqual(['Demo model', 'one', 'two'])
})

test('what was never added can’t be forgotten', () => {
  expect(() => forgetPlace(home, join(home, 'nowhere'))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
})

test('a place that has lost its models stays on the list and says so', async () => {
  const place = copyDemo(join(home, 'elsewhere'))
  await addPlace(home, place)
  rmSync(place, { recursive: true })
  expect(named(await library(), place).problem).toMatch(/no longer there/)
})

test('nothing, or a folder without a model, cannot be added', async () => {
  await expect(addPlace(home, join(home, 'nothing'))).rejects.toThrow(/nothing at/)
  await expect(addPlace(home, home)).rejects.toThrow(/no model at/)
  await expect(addPlace(home, 'relative')).rejects.toThrow(/full path/)
})

describe('a folder that is made to hold up whoever looks at it', () => {
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

  needing(endlessDevice).test.each(['config.json', 'tokenizer_config.json'])('%s is an endless device or a pipe', async (name) => {
    expect(await problemOf(link(name))).toBe(`${name} is not a file.`)
    expect(await problemOf(pipe(name))).toBe(`${name} is not a file.`)
  })

  needing(endlessDevice).test.each(['model.safetensors', 'model.safetensors.index.json'])('%s is one', async (name) => {
    const instead = (place: (folder: string) => void) => (folder: string) => {
      rmSync(join(folder, 'model.safetensors'))
      place(folder)
    }
    expect(await problemOf(instead(link(name)))).toMatch(/is not a file/)
    expect(await problemOf(instead(pipe(name)))).toMatch(/is not a file/)
  })

  needing(endlessDevice).test('a model card that is one says nothing of a licence', async () => {
    expect(await problemOf(link('README.md'))).toBeNull()
    expect(await problemOf(pipe('README.md'))).toBeNull()
  })

  test('a header that names more tensors than any model has', async () => {
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

  test('a configuration of two megabytes', async () => {
    expect(await problemOf((folder) => writeFileSync(join(folder, 'config.json'), `{"a":"${'x'.repeat(2 << 20)}"}`))).toMatch(/far larger/)
  })

  test('a GGUF file that promises more than any model has, in a file without content', async () => {
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
