import { expect, test } from 'vitest'
import { type Draft, emptyDraft, suiteOf } from '../../renderer/features/evaluate/suite-draft.ts'

const full: Draft = {
  ...{ kind: 'head-to-head', model: 'r/M3', against: 'r/M1', judge: 'r/M1' },
  ...{ judging: { as: 'pairwise' }, source: { from: 'run', runId: 'r' }, count: 10 },
}

test('a draft becomes an evaluation only when nothing is missing', () => {
  expect(suiteOf(emptyDraft)).toBeNull()
  expect(suiteOf(full)).toMatchObject({ kind: 'head-to-head', model: 'r/M3', against: 'r/M1', count: 10 })
  for (const missing of ['model', 'against', 'judge', 'judging', 'source'] as const)
    expect(suiteOf({ ...full, [missing]: null })).toBeNull()
})

test('a model isn’t compared with itself, and a judge of single answers makes no comparisons', () => {
  expect(suiteOf({ ...full, against: full.model })).toBeNull()
  expect(suiteOf({ ...full, kind: 'judge' })).toBeNull()
  expect(suiteOf({ ...full, kind: 'judge', judging: { as: 'expected' } })).toMatchObject({ kind: 'judge' })
})

test('a likelihood needs a file name, an accuracy only a model', () => {
  expect(suiteOf({ ...full, kind: 'likelihood' })).toBeNull()
  expect(suiteOf({ ...full, kind: 'likelihood', source: { from: 'file', path: ' ' } })).toBeNull()
  expect(suiteOf({ ...full, kind: 'likelihood', source: { from: 'file', path: '/x.jsonl' } })).toMatchObject({ file: '/x.jsonl' })
  expect(suiteOf({ ...emptyDraft, kind: 'accuracy', model: 'r/M3' })).toMatchObject({ kind: 'accuracy', model: 'r/M3' })
})
