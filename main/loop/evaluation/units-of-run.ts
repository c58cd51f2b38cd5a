import type { JudgementRow, Subject } from '../../store/tables/judgements-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { Judged } from '../judges/judge-work.ts'
import type { Stage } from '../run-context.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { doneAmong, seedAt } from '../stage-work.ts'
import type { AnswerStore, AnswerToJudge } from './answers.ts'
import type { ComparisonStores, Said } from './compare-models.ts'

/** A model of the run, or another local model by its path. */
export type NamedModel = Pick<ModelRow, 'name' | 'path'>

/** A model's answers to the prompts of one kind of evaluation. */
export function answersOfRun(stage: Stage, model: string, purpose: string, label = `${purpose} answers`): AnswerStore {
  const { store, runId } = stage
  const stored = () => store.answers.of(runId, model, purpose)
  return {
    stored,
    units(rows, samples) {
      const isDone = doneAmong(stored().map(({ position }) => [position, 0]))
      return unitsOfStage(stage, {
        what: `${label} of ${model}`,
        noun: `${purpose} prompts`,
        nameOf: ({ position, instruction }) => `prompt ${position + 1} (${excerpt(instruction)})`,
        ...{ rows, samples },
        seed: ({ position }) => seedAt(stage, 'answers', purpose, model, position),
        isDone: ({ position }, sample) => isDone(position, sample),
        keep: ({ position, instruction }, _, { text, tokenIds, finishReason }) =>
          store.answers.add(runId, { model, purpose, position, instruction, text, tokens: tokenIds.length, finishReason }),
      })
    },
  }
}

/** A judge's verdicts on pairs of answers. */
export function verdictsOfRun(stage: Stage, model: string, against: string, judge: string): ComparisonStores['verdicts'] {
  const { store, runId } = stage
  const stored = () => store.comparisons.of(runId, model, against).map((row) => ({ ...row, sample: Number(row.swapped) }))
  return {
    stored,
    units(rows, samples) {
      const isDone = doneAmong(stored().map(({ position, sample }) => [position, sample]))
      return unitsOfStage(stage, {
        what: `${model} v ${against}, judged by ${judge}`,
        noun: 'comparisons',
        nameOf: ({ position, sample }) => `prompt ${position + 1}${sample === 1 ? ', swapped' : ''}`,
        ...{ rows, samples },
        isDone: ({ position, sample }) => isDone(position, sample),
        keep: ({ position, sample }, _, said: Said) =>
          store.comparisons.add(runId, { model, against, position, swapped: sample === 1, judge, ...said }),
      })
    },
  }
}

/** A judge's scores of the answers in `answersOfRun`. */
export const judgementsOfAnswers = (stage: Stage, model: string, purpose: string, judge: string) =>
  judgementsOfRun(stage, judge, {
    what: `judgements of ${model} by ${judge}`,
    noun: `answers of ${model}`,
    subjects: () => stage.store.answers.of(stage.runId, model, purpose),
    subject: (answerId) => ({ answerId }),
    seed: (position, sample) => seedAt(stage, 'judge-answers', judge, model, position, sample),
    judgements: () => stage.store.judgements.ofAnswers(stage.runId, model, purpose, judge),
  })

/** A judge's scores of one part of the human-ranked seed data. */
export const judgementsOfExamples = (stage: Stage, kind: 'ranked' | 'ranked-held-out', judge: string) =>
  judgementsOfRun(stage, judge, {
    what: `judgements of ranked answers by ${judge}`,
    noun: 'ranked answers',
    subjects: () => stage.store.examples.ofKind(stage.runId, kind),
    subject: (exampleId) => ({ exampleId }),
    seed: (position, sample) => seedAt(stage, 'judge', kind, judge, position, sample),
    judgements: () => stage.store.judgements.ofExamples(stage.runId, kind, judge),
  })

interface Judgements {
  readonly what: string
  readonly noun: string
  /** The judged rows. */
  readonly subjects: () => readonly { readonly id: number; readonly position: number }[]
  readonly subject: (id: number) => Subject
  readonly seed: (position: number, sample: number) => number
  readonly judgements: () => readonly JudgementRow[]
}

/** Judgements in the run's table; there, what is judged has an ID. */
function judgementsOfRun(stage: Stage, judge: string, { what, noun, subjects, subject, seed, judgements }: Judgements) {
  return {
    stored() {
      const positions = new Map(subjects().map(({ id, position }) => [id, position]))
      return judgements().map(({ subjectId, score }) => ({ position: positions.get(subjectId)!, score }))
    },
    units(rows: readonly AnswerToJudge[], samples: number) {
      const ids = new Map(subjects().map(({ id, position }) => [position, id]))
      const isDone = doneAmong(judgements().map(({ subjectId, sample }) => [subjectId, sample]))
      return unitsOfStage(stage, {
        ...{ what, noun, rows, samples },
        nameOf: ({ position, response }) => `answer ${position + 1} (${excerpt(response)})`,
        seed: ({ position }, sample) => seed(position, sample),
        isDone: ({ position }, sample) => isDone(ids.get(position)!, sample),
        keep: ({ position }, sample, judged: Judged) =>
          stage.store.judgements.add(subject(ids.get(position)!), { judge, sample, ...judged }),
      })
    },
  }
}
