import type { JudgeRecipe } from '../../shared/recipe.ts'
import type { CandidateRow } from '../../store/tables/candidates-table.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { SecondPurpose } from '../../store/tables/second-judgements-table.ts'
import { type Judged, type JudgingRow, samplesOf } from '../judges/judge-work.ts'
import { judgeAnswers } from '../judges/judges.ts'
import { modelNamed, type Stage } from '../run-context.ts'
import { answering, inRole } from '../run-engines.ts'
import type { StageSummary } from '../run-stage.ts'
import { excerpt, unitsOfStage } from '../stage-report.ts'
import { seedAt } from '../stage-work.ts'

/**
 * A model judges every candidate of the iteration: the current one, which sets the rewards (paper, section 2.2: LLM-as-a-Judge, three
 * judgements averaged), or for a second purpose another one or by another method. Returns what the last attempt cost.
 */
export async function judgeCandidates(stage: Stage, model: ModelRow, second?: SecondPurpose): Promise<StageSummary> {
  const { store, recipe, runId, iteration } = stage
  const judge: JudgeRecipe = second === 'agreement' ? { ...recipe.judge, method: 'implicit' } : recipe.judge
  const work = inRole(stage, second === 'agreement' ? 'answers' : 'judge') // the implicit reward is of the run's own models
  const judgeName = answering(work.engine, model).name
  const samples = samplesOf(judge)
  const done =
    second === undefined
      ? store.judgements.count(runId, iteration, samples)
      : store.secondJudgements.count(runId, iteration, second, samples)
  const units = unitsOfStage(stage, {
    what: second === 'agreement' ? `implicit rewards of ${model.name}` : `judgements by ${judgeName}`,
    noun: 'responses',
    nameOf: ({ candidate: { sample, position, text } }) => `response ${sample + 1} to prompt ${position + 1} (${excerpt(text)})`,
    needsSome: true,
    extent: { rows: store.counts.candidates(runId, iteration), done },
    rows: candidatesToJudge(stage, second),
    samples,
    seed: ({ candidate }, i) => seedAt(stage, second ?? 'judgements', iteration, candidate.position, candidate.sample, i),
    isDone: ({ judged }, sample) => judged.has(sample),
    keep({ candidate: { id } }, sample, judged: Judged) {
      const judgement = { judge: judgeName, sample, ...judged }
      if (second === undefined) store.judgements.add({ candidateId: id }, judgement)
      else store.secondJudgements.add(id, second, judgement)
    },
  })
  const reference = modelNamed(stage, 'M0').path
  return { cost: await judgeAnswers({ stage: work, judge, model: model.path, reference, units }) }
}

/** A candidate, and the numbers of its judgements. */
interface CandidateToJudge extends JudgingRow {
  readonly candidate: CandidateRow
  readonly judged: ReadonlySet<number>
}

/** The iteration's candidates, read a span of prompts at a time. */
function* candidatesToJudge({ store, runId, iteration }: Stage, second?: SecondPurpose): Generator<CandidateToJudge> {
  for (const span of store.prompts.spans(runId, iteration)) {
    const known =
      second === undefined ? store.judgements.scores(runId, iteration, span) : store.secondJudgements.scores(runId, iteration, second, span)
    const bySubject = Map.groupBy<number, { readonly subjectId: number; readonly sample: number }>(known, ({ subjectId }) => subjectId)
    const checklists = new Map(store.prompts.accepted(runId, iteration, span).map(({ id, requirements }) => [id, requirements]))
    for (const candidate of store.candidates.ofIteration(runId, iteration, span)) {
      const judged = new Set(bySubject.get(candidate.id)?.map(({ sample }) => sample))
      const { instruction, text: response, promptId } = candidate
      yield { candidate, instruction, response, requirements: checklists.get(promptId), judged }
    }
  }
}

/** The scores of each judged item, in input order. */
export const scoresBySubject = (
  judgements: readonly { readonly subjectId: number; readonly score: number | null }[],
): Map<number, (number | null)[]> =>
  new Map([...Map.groupBy(judgements, ({ subjectId }) => subjectId)].map(([id, rows]) => [id, rows.map(({ score }) => score)]))
