import type { PairReason } from '../../shared/enums.ts'
import type { Span } from '../../store/database/span.ts'
import type { Store } from '../../store/store.ts'
import type { StandingPairRow } from '../../store/tables/pairs-table.ts'
import type { ReviewRow } from '../../store/tables/reviews-table.ts'
import type { TrainingRow } from '../../store/tables/trainings-table.ts'
import { readStoredRecipe } from '../recipe/stored-recipe.ts'
import type { Stage } from '../run-context.ts'
import { consistencyWeights } from './consistency.ts'
import { isByUser, type Outcome, outcomeOf, reviewedPair, type TrainingPair } from './pair-rules.ts'

/** A pair and its outcome. */
export interface PairOutcome extends Outcome {
  readonly pair: StandingPairRow
  /** The decision that applies. */
  readonly review: ReviewRow | undefined
}

/**
 * The outcome of each pair of the iteration after the user's review, in prompt order and then in the rule's. Only the pairs of a span of
 * prompts are in memory. `spans`: only of these prompts.
 */
export function* outcomesOf(
  { store, runId, iteration }: Pick<Stage, 'store' | 'runId' | 'iteration'>,
  spans: Iterable<Span> = store.prompts.spans(runId, iteration),
): Generator<PairOutcome> {
  const reviews = store.reviews.newest(runId, iteration)
  const rule = readStoredRecipe(store.runs.resolve(runId)).recipe?.pairs.rule // unreadable: what there is can still be exported
  for (const span of spans) {
    for (const pair of store.pairs.standing(runId, iteration, span)) {
      const review = pair.dropped ? undefined : reviews.get(pair.id)
      yield { pair, review, ...outcomeOf(pair, review, rule) }
    }
  }
}

/**
 * The pairs of the iteration's training. They are fixed in the transaction that starts it: later user actions don't affect it, and a
 * resumed training continues with exactly the same rows. `begin` creates the training's row. `others`: further rows of this training, which
 * never change.
 */
export function fixedPairs(stage: Stage, name: string, begin: (rows: number) => TrainingRow, others = 0): TrainingPair[] {
  const { store, runId } = stage
  return store.transaction(() => {
    const started = store.trainings.find(runId, name)
    const weightOf = consistencyWeights(stage, stage.iteration)
    const fixed = started === undefined ? [] : recordedPairs(store, started.id, weightOf)
    const isFixed = fixed.length > 0 || (others > 0 && started !== undefined)
    if (isFixed || store.models.find(runId, name) !== undefined) return fixed
    const pairs: TrainingPair[] = []
    for (const { pair, trains, because } of outcomesOf(stage)) {
      if (trains !== undefined) pairs.push(weighted(trains, because, weightOf(pair.promptId)))
    }
    if (pairs.length + others > 0) record(store, begin(pairs.length + others).id, outcomesOf(stage))
    return pairs
  })
}

/** The iterations whose pairs are trained on again in this one: with SPIN, those before it (Chen et al. 2024). */
export function repeatedIterations({ recipe: { method, spin }, iteration }: Pick<Stage, 'recipe' | 'iteration'>): number[] {
  if (method !== 'spin') return []
  const count = Math.min(spin.earlier_iterations, iteration - 1)
  return Array.from({ length: count }, (_, i) => iteration - count + i)
}

/** The pairs of these iterations, as they were trained on then, whatever the user has decided since. */
export function repeatedPairs(stage: Stage): TrainingPair[] {
  const { store, runId } = stage
  return repeatedIterations(stage).flatMap((earlier) => {
    const training = store.trainings.find(runId, `M${earlier + 1}`) // none, if there was nothing to train on
    return training ? recordedPairs(store, training.id, consistencyWeights(stage, earlier)) : []
  })
}

/** Only the judge's own choices are in doubt: what the user decided counts in full. */
const weighted = (pair: TrainingPair, because: PairReason, consistency: number | undefined): TrainingPair =>
  because === 'judge' && consistency !== undefined ? { ...pair, consistency } : pair

function record(store: Store, trainingId: number, outcomes: Iterable<PairOutcome>): void {
  let next = 0
  for (const { pair, review, trains, because } of outcomes) {
    const row = trains === undefined ? null : next++
    store.trainingPairs.add(trainingId, { pairId: pair.id, row, reversed: pair.reversed, reviewId: review?.id ?? null, because })
  }
}

/**
 * A training's rows from its record. Pairs, judgements, reviews, and texts never change, so these are exactly the rows it was trained on.
 */
function recordedPairs(store: Store, trainingId: number, weightOf: (promptId: number) => number | undefined): TrainingPair[] {
  return store.trainingPairs.ofTraining(trainingId).flatMap(({ pairId, row, reversed, reviewId, because }) => {
    if (row === null) return []
    const review = reviewId === null ? undefined : store.reviews.find(reviewId)
    const pair = { ...store.pairs.find(pairId)!, reversed, dropped: false }
    const trains = review === undefined ? outcomeOf(pair, undefined).trains : reviewedPair(pair, review)
    if (trains === undefined) throw new Error(`Row ${row} of training ${trainingId} (${because}) no longer exists`)
    return [weighted(trains, because, weightOf(pair.promptId))]
  })
}

/** How many pairs a preference training has, how many of them the user decided, by decision, and how many the user left out. */
export function shareOfUser(store: Store, trainingId: number): Record<string, unknown> {
  const rows = store.trainingPairs.ofTraining(trainingId)
  const byReason = (trained: boolean): Record<string, number> =>
    Object.fromEntries(
      [
        ...Map.groupBy(
          rows.filter(({ row, because }) => (row !== null) === trained && isByUser(because)),
          ({ because }) => because,
        ),
      ].map(([because, of]) => [because, of.length]),
    )
  return { pairs: rows.filter(({ row }) => row !== null).length, from_person: byReason(true), left_out_by_person: byReason(false) }
}
