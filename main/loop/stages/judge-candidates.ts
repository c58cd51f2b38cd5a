import type { ModelRow } from '../../store/tables/models-table.ts'
import { type Judged, samplesOf } from '../judges/judge-work.ts'
import { judgeAnswers } from '../judges/judges.ts'
import { modelNamed, type Stage } from '../run-context.ts'
import type { StageSummary } from '../run-stage.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { doneAmong, seedAt } from '../stage-work.ts'

/**
 * The current model judges every candidate of the iteration (paper, section 2.2: LLM-as-a-Judge, three judgements averaged). Returns what the
 * last attempt cost.
 */
export async function judgeCandidates(stage: Stage, model: ModelRow): Promise<StageSummary> {
  const { store, recipe, runId, iteration } = stage
  const { judge } = recipe
  const isDone = doneAmong(store.judgements.ofCandidates(runId, iteration).map(({ subjectId, sample }) => [subjectId, sample]))
  const candidates = store.candidates.ofIteration(runId, iteration)
  const checklists = new Map(store.prompts.accepted(runId, iteration).map(({ id, requirements }) => [id, requirements]))
  const units = unitsOfStage(stage, {
    what: `judgements by ${model.name}`,
    noun: 'responses',
    nameOf: ({ candidate: { sample, position, text } }) => `response ${sample + 1} to prompt ${position + 1} (${excerpt(text)})`,
    needsSome: true,
    rows: candidates.map((candidate) => ({
      candidate,
      instruction: candidate.instruction,
      response: candidate.text,
      requirements: checklists.get(candidate.promptId),
    })),
    samples: samplesOf(judge),
    seed: ({ candidate }, i) => seedAt(stage, 'judgements', iteration, candidate.position, candidate.sample, i),
    isDone: ({ candidate }, sample) => isDone(candidate.id, sample),
    keep: ({ candidate }, sample, judged: Judged) =>
      store.judgements.add({ candidateId: candidate.id }, { judge: model.name, sample, ...judged }),
  })
  const reference = modelNamed(stage, 'M0').path
  return { cost: await judgeAnswers({ stage, judge, model: model.path, reference, units }) }
}

/** The scores of each judged item, in input order. */
export const scoresBySubject = (
  judgements: readonly { readonly subjectId: number; readonly score: number | null }[],
): Map<number, (number | null)[]> =>
  new Map([...Map.groupBy(judgements, ({ subjectId }) => subjectId)].map(([id, rows]) => [id, rows.map(({ score }) => score)]))
