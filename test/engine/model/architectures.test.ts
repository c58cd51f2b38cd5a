import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { architectures, ggufArchitecture, isGgufArchitecture } from '../../../main/engine/model/architectures/families.ts'
import { architectureNames, isArchitecture, supportedModels, useSupportedModel } from '../../../main/shared/architectures.ts'
import { fixtureFile, repositoryFile } from '../../support/shared.ts'

const zoo = fixtureFile('zoo')
const modelTypes = readdirSync(zoo).map(
  (name) => (JSON.parse(readFileSync(join(zoo, name, 'config.json'), 'utf8')) as { model_type: string }).model_type,
)

describe.each(Object.entries(architectures))('%s', (id, architecture) => {
  test('is registered under its own model_type', () => {
    expect(architecture.id).toBe(id)
  })

  test('has a tiny model whose numbers are compared with transformers', () => {
    expect(modelTypes).toContain(id)
  })

  test('is found again by what its GGUF files say', () => {
    const { gguf } = architecture
    expect(isGgufArchitecture(gguf.name)).toBe(true)
    expect(ggufArchitecture(gguf.name, gguf.windowed ? 4096 : 0)).toBe(architecture)
  })

  test.each(['README.md', 'docs/guide.md'])('is named in %s', (document) => {
    expect(readFileSync(repositoryFile(document), 'utf8').includes(architectureNames[architecture.id])).toBe(true)
  })
})

test('a GGUF file with a window that its architecture lacks, or of another architecture, has none', () => {
  expect(ggufArchitecture('qwen2', 4096)).toBeUndefined()
  expect(ggufArchitecture('gemma', 0)).toBeUndefined()
  expect(ggufArchitecture(null, 0)).toBeUndefined()
  expect(isGgufArchitecture('gemma')).toBe(false)
})

test('a name that every object has is not an architecture', () => {
  expect(isArchitecture('toString')).toBe(false)
})

test('errors list what is supported', () => {
  expect(supportedModels).toBe('Laurel runs Llama, Mistral, Qwen2, Qwen3, and Gemma 3.')
  expect(useSupportedModel).toBe('Use a Llama, Mistral, Qwen2, Qwen3, or Gemma 3 model.')
})
