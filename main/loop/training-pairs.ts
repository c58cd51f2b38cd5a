import type { StandingPairRow } from '../store/pairs.ts'
import type { ReviewRow } from '../store/reviews.ts'
import type { Store } from '../store/store.ts'
import type { TrainingRow } from '../store/trainings.ts'
import type { Stage } from './context.ts'
import { type Outcome, outcomeOf, reviewedPair, type TrainingPair } from './pairs.ts'

/** A prompt's pair and what becomes of it. */
export interface PairOutcome extends Outcome {
  readonly pair: StandingPairRow
  /** The decision that counts. */
  readonly review: ReviewRow | undefined
}

/** What becomes of each pair of the iteration, as a person left them, in the order of their prompts. */
export function outcomesOf({ store, runId, iteration }: Pick<Stage, 'store' | 'runId' | 'iteration'>): PairOutcome[] {
  const reviews = store.reviews.newest(runId, iteration)
  return store.pairs.standing(runId, iteration).map((pair) => {
    const review = pair.dropped ? undefined : reviews.get(pair.id)
    return { pair, review, ...outcomeOf(pair, review) }
  })
}

/** The iteration's pairs as a person left them, as they would be trained on now. */
export const pairsToTrainOn = (stage: Pick<Stage, 'store' | 'runId' | 'iteration'>): TrainingPair[] =>
  outcomesOf(stage).flatMap(({ trains }) => trains ?? [])

/**
 * The pairs that the iteration's training is made of. They are fixed when it begins, in the transaction that begins it: what a person does later
 * does not reach it, and a training that is resumed goes on with the very rows it was begun with. `begin` makes the training's row.
 */
export function fixedPairs(stage: Stage, name: string, begin: (rows: number) => TrainingRow): TrainingPair[] {
  const { store, runId } = stage
  return store.transaction(() => {
    const begun = store.trainings.find(runId, name)
    const fixed = begun === undefined ? [] : recordedPairs(store, begun.id, store.pairs.any(runId, stage.iteration))
    if (fixed.length > 0 || store.models.find(runId, name) !== undefined) return fixed
    const outcomes = outcomesOf(stage)
    const pairs = outcomes.flatMap(({ trains }) => trains ?? [])
    if (pairs.length > 0) record(store, begin(pairs.length).id, outcomes)
    return pairs
  })
}

function record(store: Store, trainingId: number, outcomes: readonly PairOutcome[]): void {
  let next = 0
  for (const { pair, review, trains, because } of outcomes) {
    const row = trains === undefined ? null : next++
    store.trainingPairs.add(trainingId, { pairId: pair.id, row, reversed: pair.reversed, reviewId: review?.id ?? null, because })
  }
}

/** The rows of a training from its record: pairs, reviews and texts never change, so this gives what was trained on, exactly. */
function recordedPairs(store: Store, trainingId: number, pairs: readonly PairTextsById[]): TrainingPair[] {
  const byId = new Map(pairs.map((pair) => [pair.id, pair]))
  return store.trainingPairs.ofTraining(trainingId).flatMap(({ pairId, row, reversed, reviewId, because }) => {
    if (row === null) return []
    const review = reviewId === null ? undefined : store.reviews.find(reviewId)
    const pair = { ...byId.get(pairId)!, reversed, dropped: false }
    const trains = review === undefined ? outcomeOf(pair, undefined).trains : reviewedPair(pair, review)
    if (trains === undefined) throw new Error(`Row ${row} of training ${trainingId} (${because}) is not there any more`)
    return [trains]
  })
}
type PairTextsById = Omit<StandingPairRow, 'reversed' | 'dropped'>

/** How many pairs a preference training has, how many of them a person had a say in, by decision, and what a person left out. */
export function shareOfPerson(store: Store, trainingId: number): Record<string, unknown> {
  const rows = store.trainingPairs.ofTraining(trainingId)
  const byReason = (trained: boolean): Record<string, number> =>
    Object.fromEntries(
      [
        ...Map.groupBy(
          rows.filter(({ row, because }) => (row !== null) === trained && because !== 'judge'),
          ({ because }) => because,
        ),
      ].map(([because, of]) => [because, of.length]),
    )
  return { pairs: rows.filter(({ row }) => row !== null).length, from_person: byReason(true), left_out_by_person: byReason(false) }
}
