import type { ModelRow } from '../../store/tables/models-table.ts'
import { missingOf } from '../generate-texts.ts'
import { samplesOf } from '../judges/judge-work.ts'
import { judgeAnswers } from '../judges/judges.ts'
import { excerpt, leftOutRows, reportLeftOut } from '../left-out-rows.ts'
import type { Stage } from '../run-context.ts'
import { seedAt } from '../seeds.ts'
import { progressOf } from '../stage-progress.ts'

/** The current model judges every candidate of the iteration (paper, section 2.2: LLM-as-a-Judge, three judgements averaged). */
export async function judgeCandidates(stage: Stage, model: ModelRow): Promise<void> {
  const { store, recipe, runId, iteration } = stage
  const samples = samplesOf(recipe.judge)
  const done = samplesDone(store.judgements.ofCandidates(runId, iteration))
  const rows = store.candidates.ofIteration(runId, iteration).map((candidate) => ({
    candidateId: candidate.id,
    place: `response ${candidate.sample + 1} to prompt ${candidate.position + 1}`,
    instruction: candidate.instruction,
    response: candidate.text,
    seeds: Array.from({ length: samples }, (_, i) => seedAt(stage, 'judgements', iteration, candidate.position, candidate.sample, i)),
    missing: missingOf(samples, done.get(candidate.id)),
  }))
  const missing = rows.reduce((sum, row) => sum + row.missing.size, 0)
  const progress = progressOf(stage, `judgements by ${model.name}`, rows.length * samples, rows.length * samples - missing)
  const leftOut = leftOutRows<(typeof rows)[number]>('responses', rows.length, ({ place, response }) => `${place} (${excerpt(response)})`)
  await judgeAnswers({
    stage,
    judge: recipe.judge,
    model: model.path,
    rows,
    keep: ({ candidateId }, sample, judged) => {
      store.judgements.add({ candidateId }, { judge: model.name, sample, ...judged })
      progress.add()
    },
    leaveOut: leftOut.add,
  })
  progress.end()
  reportLeftOut(stage, leftOut, { total: rows.length, needs: true })
}

/** The sample numbers that each judged item already has. */
export const samplesDone = (judgements: readonly { readonly subjectId: number; readonly sample: number }[]): Map<number, Set<number>> =>
  new Map([...Map.groupBy(judgements, ({ subjectId }) => subjectId)].map(([id, rows]) => [id, new Set(rows.map(({ sample }) => sample))]))

/** The scores of each judged item, in input order. */
export const scoresBySubject = (
  judgements: readonly { readonly subjectId: number; readonly score: number | null }[],
): Map<number, (number | null)[]> =>
  new Map([...Map.groupBy(judgements, ({ subjectId }) => subjectId)].map(([id, rows]) => [id, rows.map(({ score }) => score)]))
