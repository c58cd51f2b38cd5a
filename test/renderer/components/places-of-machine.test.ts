import { describe, expect, test } from 'vitest'
import type { PlaceEntry } from '../../../main/shared/contract/places-contract.ts'
import { choiceOf, joined, shownEntries, startName } from '../../../renderer/components/places-of-machine.ts'

const entry = (name: string, changes: Partial<PlaceEntry> = {}): PlaceEntry => ({
  ...{ name, kind: 'file', bytes: 1, modified: null, isModel: false, isHidden: false, ...changes },
})
const entries = [
  entry('models', { kind: 'folder' }),
  entry('SmolLM2', { kind: 'folder', isModel: true }),
  entry('small.gguf', { isModel: true }),
  entry('rows.JSONL'),
  entry('notes.md'),
]
const namesFor = (shown: Parameters<typeof shownEntries>[1]): string[] => shownEntries(entries, shown).map(({ name }) => name)

describe('which entries are shown', () => {
  test('for a folder: only folders', () => {
    expect(namesFor({ kind: 'folder', filter: '' })).toEqual(['models', 'SmolLM2'])
  })
  test('for a model: folders and model files', () => {
    expect(namesFor({ kind: 'model', filter: '' })).toEqual(['models', 'SmolLM2', 'small.gguf'])
  })
  test('for a file with certain extensions: folders and matching files, ignoring case', () => {
    expect(namesFor({ kind: 'file', filter: '', endings: ['.jsonl'] })).toEqual(['models', 'SmolLM2', 'rows.JSONL'])
  })
  test('the name must contain every word of the filter', () => {
    expect(namesFor({ kind: 'file', filter: 'SM lm' })).toEqual(['SmolLM2'])
  })
})

describe('what can be chosen', () => {
  const here = { folder: '/data', isModel: false, separator: '/' }
  test('a folder: the selected one, or the open one', () => {
    expect(choiceOf(here, 'folder', entries[0], '')?.path).toBe('/data/models')
    expect(choiceOf(here, 'folder', undefined, '')?.path).toBe('/data')
  })
  test('a model: never a folder without a model', () => {
    expect(choiceOf(here, 'model', entries[0], '')).toBeUndefined()
    expect(choiceOf(here, 'model', entries[1], '')?.path).toBe('/data/SmolLM2')
    expect(choiceOf({ ...here, isModel: true }, 'model', undefined, '')?.path).toBe('/data')
  })
  test('a file: nothing until one is selected', () => {
    expect(choiceOf(here, 'file', undefined, '')).toBeUndefined()
    expect(choiceOf(here, 'file', entries[0], '')).toBeUndefined()
  })
  test('a new file: a name without a separator', () => {
    expect(choiceOf(here, 'save', undefined, ' new.csv ')?.path).toBe('/data/new.csv')
    expect(choiceOf(here, 'save', undefined, '../new.csv')).toBeUndefined()
    expect(choiceOf(here, 'save', undefined, ' ')).toBeUndefined()
  })
})

test('a path in the root has one separator', () => {
  expect(joined({ folder: '/', separator: '/' }, 'tmp')).toBe('/tmp')
  expect(joined({ folder: 'C:\\', separator: '\\' }, 'tmp')).toBe('C:\\tmp')
})

test('the initial name of a new file is the one in the field, otherwise the suggested one', () => {
  expect(startName('save', '/data/old.csv', 'new.csv')).toBe('old.csv')
  expect(startName('save', null, 'new.csv')).toBe('new.csv')
  expect(startName('file', '/data/old.csv')).toBe('')
})
