import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { modelCache } from '../../../main/engine/process/model-cache.ts'
import { fakeNumerics } from '../../support/fake-numerics.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-shelf-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function model(name: string, weights: string): string {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'model.safetensors'), weights)
  return path
}

test('a model is loaded once, and again after its files changed or its folder was replaced', async () => {
  const numerics = fakeNumerics()
  const shelf = modelCache(numerics, async () => 'float32')
  const path = model('one', 'first')
  const first = await shelf.get(path)
  expect(await shelf.get(path)).toBe(first)
  expect(await shelf.files(path)).toBe(first.files)

  writeFileSync(join(path, 'model.safetensors'), 'second') // longer
  const second = await shelf.get(path)
  expect(second).not.toBe(first)

  const other = model('two', 'other!') // same length
  rmSync(path, { recursive: true })
  renameSync(other, path)
  const files = await shelf.files(path)
  expect(files).not.toBe(second.files)
  expect(await shelf.files(path)).toBe(files)
  expect(await shelf.get(path)).not.toBe(second)
  expect(numerics.journal.filter((entry) => entry.startsWith('load'))).toHaveLength(3)
  expect(numerics.journal.filter((entry) => entry.startsWith('dispose'))).toHaveLength(2)
})

test('the number of cached tokenizers is limited', async () => {
  let opened = 0
  const numerics = fakeNumerics()
  const counting = {
    ...numerics,
    openFiles: (path: string) => {
      opened++
      return numerics.openFiles(path)
    },
  }
  const shelf = modelCache(counting, async () => 'float32')
  const paths = Array.from({ length: 30 }, (_, i) => model(`m${i}`, 'w'))
  for (const path of paths) await shelf.files(path)
  await shelf.files(paths[29])
  expect(opened).toBe(30)
  await shelf.files(paths[0])
  expect(opened).toBe(31)
})

test('an adopted model is served until its files change, and takes a place like any other', async () => {
  const numerics = fakeNumerics()
  const shelf = modelCache(numerics, async () => 'float32')
  const [one, two, trained] = ['one', 'two', 'trained'].map((name) => model(name, name))
  await shelf.get(one)
  await shelf.get(two)
  const adopted = await numerics.loadModel(trained, 'float32')
  shelf.adopt(trained, adopted)
  expect(numerics.journal.at(-1)).toBe(`dispose ${one}`)
  expect(await shelf.get(trained)).toBe(adopted)
  writeFileSync(join(trained, 'model.safetensors'), 'other weights')
  expect(await shelf.get(trained)).not.toBe(adopted)
})
