import { expect, test } from 'vitest'
import type { ShownEvaluation } from '../../main/shared/contract/evaluations-contract.ts'
import type { EvaluationSettings, Figures } from '../../main/shared/evaluation-settings.ts'
import { abilityGroups } from '../../renderer/features/evaluate/ability-groups.ts'

let id = 0
function finished(label: string, path: string, result: Figures | null, settings: Partial<EvaluationSettings> = {}): ShownEvaluation {
  const model = { id: label, label, path: `/models/${label}` }
  const kind = { kind: 'multiple-choice', template: '{question}' }
  return {
    ...{ id: ++id, run: null, kind: 'multiple-choice', model: label, against: '', judge: '', title: label, status: 'finished' },
    settings: { ...kind, model, source: { from: 'file', path }, count: 100, random: 'philox', ...settings } as EvaluationSettings,
    ...{ done: 1, total: 1, seconds: 1, result, error: null, createdAt: '', finishedAt: null, engineUsage: [] },
  }
}

const groupsOf = (...evaluations: ShownEvaluation[]) =>
  abilityGroups(evaluations.toReversed()).map(({ kind, file, results }) => ({
    kind,
    file,
    models: results.map(({ model, figures }) => [model, figures.acc]),
  }))

test('models that were measured on the same file are side by side, M2 before M10, each with its newest figures', () => {
  expect(
    groupsOf(
      finished('M10', '/data/arc.jsonl', { n: 9, acc: 0.3 }),
      finished('M2', '/data/arc.jsonl', { n: 9, acc: 0.1 }),
      finished('M2', '/data/arc.jsonl', { n: 9, acc: 0.2 }),
      finished('M2', '/data/arc.jsonl', null),
    ),
  ).toEqual([
    {
      ...{ kind: 'multiple-choice', file: 'arc.jsonl' },
      models: [
        ['M2', 0.2],
        ['M10', 0.3],
      ],
    },
  ])
})

test('another file, another number of rows, another template, and another kind are other tables', () => {
  const figures = { n: 9, acc: 0.5 }
  const groups = groupsOf(
    finished('M0', '/data/arc.jsonl', figures),
    finished('M0', '/other/arc.jsonl', figures),
    finished('M0', '/data/arc.jsonl', { ...figures, n: 8 }),
    finished('M0', '/data/arc.jsonl', figures, { template: 'Q: {question}' }),
    finished('M0', '/data/arc.jsonl', figures, { kind: 'ifeval' }),
    finished('M0', '/data/arc.jsonl', figures, { kind: 'likelihood' }),
  )
  expect(groups.map(({ kind }) => kind).sort()).toEqual(['ifeval', ...Array.from({ length: 4 }, () => 'multiple-choice')])
})
