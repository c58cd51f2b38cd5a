import type { ExportedExample, ExportedPair } from '../../data/exporters/exported.ts'
import { isByUser, outcomeOf } from '../../loop/preferences/pair-rules.ts'
import { outcomesOf, type PairOutcome } from '../../loop/preferences/training-pairs.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { ExportChoice } from '../../shared/contract/export-contract.ts'
import { isJudged } from '../../shared/method-stages.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { Store } from '../../store/store.ts'
import type { ExampleRow } from '../../store/tables/examples-table.ts'
import type { ReviewRow } from '../../store/tables/reviews-table.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'

/** The run to export from. */
export interface RunSource {
  readonly store: Store
  readonly run: RunRow
}

/** Iterations in which the run built pairs or judged. */
export const iterationsOf = ({ store, run }: RunSource): number[] =>
  [...new Set(store.stages.ofRun(run.id).map(({ iteration }) => iteration))].filter((iteration) => iteration > 0).sort((a, b) => a - b)

export const chosenIterations = (source: RunSource, { iterations }: Pick<ExportChoice, 'iterations'>): number[] =>
  iterationsOf(source).filter((iteration) => iterations === null || iterations.includes(iteration))

/** Pairs as judged, or after review as training would use them now, without ties and those marked as bad. */
export function* exportedPairs(source: RunSource, choice: ExportChoice): Generator<ExportedPair> {
  const { store, run } = source
  for (const iteration of chosenIterations(source, choice)) {
    const byHand = choice.pairs === 'reviewed' ? store.rescores.newest(run.id, iteration) : new Map<number, number>()
    const outcomes = choice.pairs === 'reviewed' ? outcomesOf({ store, runId: run.id, iteration }) : judgesOutcomes(source, iteration)
    const notes = store.reviewNotes.newest(run.id, iteration)
    for (const outcome of outcomes) yield* exportedPair(source, iteration, outcome, byHand, notes.get(outcome.pair.promptId) ?? '')
    yield* judgePairRows(source, iteration)
  }
}

/** Pairs of judgements, which train the model as a judge. Their scores are Elo points among the judgements of one response. */
function judgePairRows({ store, run }: RunSource, iteration: number): ExportedPair[] {
  const model = `M${iteration}`
  return store.judgePairs.ofIteration(run.id, iteration).map(({ position, prompt, chosen, rejected, chosenElo, rejectedElo }) => ({
    ...{ prompt, chosen, rejected, scoreChosen: chosenElo, scoreRejected: rejectedElo },
    ...{ judge: `${model}, meta-judge`, override: null },
    provenance: { run: run.id, iteration, model, prompt_number: position, decision: null, ...reviewColumns('', undefined) },
  }))
}

function* judgesOutcomes({ store, run }: RunSource, iteration: number): Generator<PairOutcome> {
  for (const span of store.prompts.spans(run.id, iteration)) {
    for (const pair of store.pairs.ofIteration(run.id, iteration, span)) {
      const standing = { ...pair, reversed: false, dropped: false }
      yield { pair: standing, review: undefined, ...outcomeOf(standing, undefined) }
    }
  }
}

function exportedPair(
  { store, run }: RunSource,
  iteration: number,
  { pair, review, trains, because }: PairOutcome,
  byHand: ReadonlyMap<number, number>,
  note: string,
): ExportedPair[] {
  if (trains === undefined) return []
  const model = `M${iteration}`
  const rewardOf = (id: number, byJudge: number | null): number | null => byHand.get(id) ?? byJudge
  const scoreOf = (text: string): number | null =>
    text === pair.chosenText
      ? rewardOf(pair.chosenId, pair.chosenReward)
      : text === pair.rejectedText
        ? rewardOf(pair.rejectedId, pair.rejectedReward)
        : null
  const decision = isByUser(because) ? because : null
  const judgements = store.judgements.ofPrompt(pair.promptId)
  const judgementsOf = (text: string): { score: number | null; text: string }[] | null => {
    const id = text === pair.chosenText ? pair.chosenId : text === pair.rejectedText ? pair.rejectedId : undefined
    const own = judgements.filter(({ subjectId }) => subjectId === id)
    return own.length === 0 ? null : own.map(({ score, text: judgement }) => ({ score, text: judgement }))
  }
  return [
    {
      prompt: trains.instruction,
      chosen: trains.chosen,
      rejected: trains.rejected,
      scoreChosen: scoreOf(trains.chosen),
      scoreRejected: scoreOf(trains.rejected),
      judge: judgeOf(storedRecipe(run), model),
      override: decision === 'agree' ? null : decision,
      provenance: {
        run: run.id,
        iteration,
        model,
        prompt_number: pair.position,
        decision,
        ...reviewColumns(note, review?.decision === 'undo' ? undefined : review),
        judgements_chosen: judgementsOf(trains.chosen),
        judgements_rejected: judgementsOf(trains.rejected),
      },
    },
  ]
}

const reviewColumns = (note: string, review: ReviewRow | undefined) => ({
  reviewer: review?.reviewer || null,
  review_reasons: reasonsCell(review),
  review_comment: review?.comment || null,
  review_note: notesOf(note, review?.note) || null,
  reviewed_at: review?.at ?? null,
})

/** A decision's reasons; null: it has none. */
export const reasonsCell = (review: Pick<ReviewRow, 'reasons'> | undefined): readonly string[] | null =>
  review === undefined || review.reasons.length === 0 ? null : review.reasons

/** Who preferred the chosen response; null: it is preferred by the run's method. */
const judgeOf = (recipe: Recipe, model: string): string | null => (isJudged(recipe) ? `${model}, ${recipe.judge.method}` : null)

/** A prompt's note, and the decision's own note, where early versions stored it. */
export const notesOf = (note: string, ofDecision = ''): string => [...new Set([note, ofDecision])].filter((text) => text !== '').join('\n')

export const exportedExamples = ({ store, run }: RunSource, kind: 'ift' | 'eft'): ExportedExample[] =>
  store.examples.ofKind(run.id, kind).map(({ instruction, conversation, response, weights }: ExampleRow) => ({
    prompt: conversation ?? instruction,
    response: response ?? '',
    ...(weights !== null && { weights }),
  }))

/** Every judgement of the selected iterations' candidates, in full. */
export function* judgementRows(source: RunSource, choice: ExportChoice): Generator<Record<string, unknown>> {
  const { store, run } = source
  for (const iteration of chosenIterations(source, choice)) {
    for (const span of store.prompts.spans(run.id, iteration)) {
      const candidates = new Map(store.candidates.ofIteration(run.id, iteration, span).map((candidate) => [candidate.id, candidate]))
      for (const { subjectId, sample, text, score } of store.judgements.ofCandidates(run.id, iteration, span)) {
        const candidate = candidates.get(subjectId)
        yield {
          ...{ run: run.id, iteration, judge: `M${iteration}`, prompt_number: candidate?.position, prompt: candidate?.instruction },
          model: candidate?.model ?? `M${iteration}`,
          ...{ candidate: candidate?.sample, response: candidate?.text, finish_reason: candidate?.finishReason },
          ...{ sample, score, judgement: text },
        }
      }
    }
  }
}

/** Metrics of all optimizer steps, one row per step. */
export function* metricRows({ store, run }: RunSource): Generator<Record<string, unknown>> {
  for (const { name } of store.models.ofRun(run.id)) {
    const training = store.trainings.find(run.id, name)
    if (training === undefined) continue
    for (const [step, metrics] of Map.groupBy(store.metrics.ofTraining(training.id), (metric) => metric.step)) {
      yield {
        ...{ run: run.id, model: name, task: training.task, step },
        ...Object.fromEntries(metrics.map((metric) => [metric.name, metric.value])),
      }
    }
  }
}
