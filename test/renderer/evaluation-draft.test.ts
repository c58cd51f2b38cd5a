import { expect, test } from 'vitest'
import { type Draft, emptyDraft, evaluationOf, withKind } from '../../renderer/features/evaluate/evaluation-draft.ts'

const full: Draft = {
  ...emptyDraft,
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

test('MT-Bench needs a judge, and a file or another model only if they are chosen', () => {
  const draft: Draft = { ...emptyDraft, kind: 'mt-bench', model: 'r/M3', judge: 'r/M1' }
  expect(evaluationOf(draft)).toEqual({
    kind: 'mt-bench',
    model: 'r/M3',
    against: null,
    judge: 'r/M1',
    source: { from: 'shipped' },
    seed: 1,
  })
  expect(evaluationOf({ ...draft, judge: null })).toBeNull()
  const pairwise = { ...draft, mtBench: { ...draft.mtBench, isPairwise: true } }
  expect(evaluationOf(pairwise)).toBeNull()
  expect(evaluationOf({ ...pairwise, against: 'r/M3' })).toBeNull()
  expect(evaluationOf({ ...pairwise, against: 'r/M1' })).toMatchObject({ against: 'r/M1' })
  const own = { ...draft, mtBench: { ...draft.mtBench, isShipped: false } }
  expect(evaluationOf(own)).toBeNull()
  const source = { from: 'file', path: '/q.jsonl' } as const
  expect(evaluationOf({ ...own, source })).toMatchObject({ source: { ...source, references: null } })
})

test.each(['multiple-choice', 'perplexity', 'ifeval'] as const)('%s needs a model and a file', (kind) => {
  const source = { from: 'file', path: '/x.jsonl' } as const
  expect(evaluationOf({ ...emptyDraft, kind, model: 'r/M3' })).toBeNull()
  expect(evaluationOf({ ...full, kind })).toBeNull() // its source is a run
  expect(evaluationOf({ ...emptyDraft, kind, model: 'r/M3', source })).toEqual({ kind, model: 'r/M3', file: '/x.jsonl', count: 64 })
})

test('other limits of new tokens go to the kinds that have them, and end with a change of kind', () => {
  const source = { from: 'file', path: '/x.jsonl' } as const
  const draft: Draft = { ...full, source, newTokens: { maxNewTokens: 9 } }
  for (const kind of ['mt-bench', 'alpaca-eval', 'ifeval'] as const) {
    expect(evaluationOf({ ...draft, kind })).toMatchObject({ kind, maxNewTokens: 9 })
    expect(evaluationOf({ ...draft, ...withKind(kind) })).not.toHaveProperty('maxNewTokens')
  }
  expect(evaluationOf({ ...draft, kind: 'perplexity' })).not.toHaveProperty('maxNewTokens')
})

test('a likelihood needs a file name, an accuracy only a model', () => {
  expect(evaluationOf({ ...full, kind: 'likelihood' })).toBeNull()
  expect(evaluationOf({ ...full, kind: 'likelihood', source: { from: 'file', path: ' ' } })).toBeNull()
  expect(evaluationOf({ ...full, kind: 'likelihood', source: { from: 'file', path: '/x.jsonl' } })).toMatchObject({ file: '/x.jsonl' })
  expect(evaluationOf({ ...emptyDraft, kind: 'accuracy', model: 'r/M3' })).toMatchObject({ kind: 'accuracy', model: 'r/M3' })
})
