import { expect, test } from 'vitest'
import { type Draft, emptyDraft, evaluationOf } from '../../renderer/features/evaluate/evaluation-draft.ts'

const full: Draft = {
  ...{ kind: 'head-to-head', model: 'r/M3', against: 'r/M1', judge: 'r/M1' },
  ...{ judging: { as: 'pairwise' }, source: { from: 'run', runId: 'r' }, count: 10 },
}

test('a draft becomes an evaluation only when nothing is missing', () => {
  expect(evaluationOf(emptyDraft)).toBeNull()
  expect(evaluationOf(full)).toMatchObject({ kind: 'head-to-head', model: 'r/M3', against: 'r/M1', count: 10 })
  for (const missing of ['model', 'against', 'judge', 'judging', 'source'] as const)
    expect(evaluationOf({ ...full, [missing]: null })).toBeNull()
})

test('a model isn’t compared with itself, but its judgements of ranked answers may be comparisons', () => {
  expect(evaluationOf({ ...full, against: full.model })).toBeNull()
  expect(evaluationOf({ ...full, kind: 'judge' })).toMatchObject({ kind: 'judge', judging: { as: 'pairwise' } })
  expect(evaluationOf({ ...full, kind: 'judge', judging: { as: 'expected' } })).toMatchObject({ kind: 'judge' })
})

test('a likelihood needs a file name, an accuracy only a model', () => {
  expect(evaluationOf({ ...full, kind: 'likelihood' })).toBeNull()
  expect(evaluationOf({ ...full, kind: 'likelihood', source: { from: 'file', path: ' ' } })).toBeNull()
  expect(evaluationOf({ ...full, kind: 'likelihood', source: { from: 'file', path: '/x.jsonl' } })).toMatchObject({ file: '/x.jsonl' })
  expect(evaluationOf({ ...emptyDraft, kind: 'accuracy', model: 'r/M3' })).toMatchObject({ kind: 'accuracy', model: 'r/M3' })
})
