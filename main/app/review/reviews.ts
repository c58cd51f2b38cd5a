import { leastError } from '../../evaluation/doubt.ts'
import { type RewardByHand, rescore } from '../../loop/preferences/review-effects.ts'
import { storedRecipe } from '../../loop/recipe/stored-recipe.ts'
import {
  mostListed,
  type QueueEntry,
  type QueueFilter,
  type ReviewableRun,
  type ReviewCandidate,
  type ReviewItem,
} from '../../shared/contract/review-contract.ts'
import type { Decision } from '../../shared/enums.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { rewardOfParts, withPartsByHand } from '../../shared/judged-parts.ts'
import { isJudged } from '../../shared/method-stages.ts'
import type { Reasoning } from '../../shared/review-reasons.ts'
import { isInRange, type RewardRange } from '../../shared/reward-range.ts'
import type { ReviewMarks } from '../../store/queries/review-queue-queries.ts'
import type { Store } from '../../store/store.ts'
import type { NewReview, ReviewRow } from '../../store/tables/reviews-table.ts'
import { rewardSpanOf } from '../charts/reward-axis.ts'
import { statusOf } from '../runs/show-run.ts'
import { changesOf } from '../store-changes.ts'
import { bulkReviews } from './review-bulk.ts'
import { overviewOf } from './review-overview.ts'
import { listed, reviewItemOf, type VersionedEntry, versionedQueue } from './review-queue.ts'
import { type ReviewedRow, reviewUndo } from './review-undo.ts'

/**
 * Human review: what there is to review, and what users do about it. Append-only: nothing is ever overwritten. `reviewer`: the name stored
 * with each action.
 */
export function reviewsApi(store: Store, reviewer: () => string = () => '') {
  const rowsOf =
    (runId: string, { search }: QueueFilter) =>
    () =>
      store.reviewQueue.ofRun(runId, search.trim())
  const errorOf = (runId: string): number => leastError(rewardSpanOf(store, store.runs.resolve(runId)))
  /** The queue as far as it is listed, and a part of it as it is shown. */
  const order = (runId: string, filter: QueueFilter): VersionedEntry[] =>
    versionedQueue(rowsOf(runId, filter), filter, errorOf(runId), mostListed)
  const shown = (entries: readonly VersionedEntry[]): QueueEntry[] => entries.map((entry) => listed(store, entry))
  const queue = (runId: string, filter: QueueFilter): QueueEntry[] => shown(order(runId, filter))
  const item = (promptId: number, place = 0): ReviewItem => reviewItemOf(store, promptId, place)

  const undo = reviewUndo(store, reviewer)

  function setRewards(promptId: number, rewards: readonly RewardByHand[], place = 0): ReviewItem {
    const { runId, candidates, rewardRange } = item(promptId) // throws if the iteration has no pairs yet
    const recipe = storedRecipe(store.runs.resolve(runId))
    if (!isJudged(recipe)) {
      throw badInput(`Run ${runId} has no judge (method ${recipe.method}), so its responses have no scores.`, 'Decide on the pair instead.')
    }
    const rows = rewards.map((wanted) => rewardRow(candidates, wanted, rewardRange))
    rescore(store, { runId, promptId, reviewer: reviewer() }, rows, recipe.pairs)
    return item(promptId, place)
  }

  /** Stores a decision on a pair, which must be one of the prompt's current ones. */
  function addReview(pairId: number, review: (history: readonly ReviewRow[]) => Omit<NewReview, 'pairId' | 'actId'>): ReviewItem {
    return store.transaction(() => {
      const pair = store.pairs.find(pairId)
      if (pair === undefined) throw new LaurelError('NOT_FOUND', `There is no pair ${pairId}.`, 'Reload the page.')
      const { runId, promptId } = item(pair.promptId)
      const standing = store.reviewQueue.ofPrompt(runId, promptId).find((row) => row.pairId === pairId)
      if (standing === undefined) {
        throw new LaurelError('BUSY', 'The prompt has another pair now, because a score was changed.', 'Review the prompt again.')
      }
      const seen = store.pairs.ofPrompt(promptId).flatMap(({ id }) => store.reviews.history(id)) // pairs share responses
      const added = { reviewer: reviewer(), ...review(seen), pairId }
      const actId = store.reviewActs.add({ runId, promptId, kind: 'decision', reviewer: reviewer() })
      store.reviews.add({ ...added, comment: added.comment?.trim(), actId })
      return item(promptId, standing.place)
    })
  }

  return {
    ...{ order, shown, queue, item },
    bulk: bulkReviews(store, (runId, filter) => versionedQueue(rowsOf(runId, filter), filter, errorOf(runId)), reviewer),

    overview: (runId: string) => overviewOf(store, store.runs.resolve(runId)),

    /** Runs with something to review: those that wait for it first, then newest first. */
    runs(): ReviewableRun[] {
      const counts = store.reviewQueue.countsOfRuns()
      const found = store.runs.list().flatMap((run) => {
        const { prompts, pairs, reviewed } = counts.get(run.id) ?? { prompts: 0, pairs: 0, reviewed: 0 }
        const { id, name, createdAt } = run
        return prompts === 0 ? [] : [{ id, name, createdAt, status: statusOf(store, run), pairs, reviewed }]
      })
      return found.sort((a, b) => Number(b.status === 'waiting-for-review') - Number(a.status === 'waiting-for-review'))
    },

    decide({ pairId, ...review }: NewReview): ReviewItem {
      const { decision, chosenText, rejectedText, blind } = review
      if (decision === 'edit' && [chosenText, rejectedText].some((text) => text?.trim() === '')) {
        throw badInput('An edited response must not be empty.', 'Enter a text, or choose both bad.')
      }
      return addReview(pairId, (seen) => ({ ...review, blind: blind === true && !hasSeenScores(seen, reviewer()) }))
    },

    /** Stores why a pair's current decision was made: a new version of it, of the user who says so. */
    explain({ pairId, of, ...reasoning }: Reasoning & { readonly pairId: number; readonly of: Decision }): ReviewItem {
      return addReview(pairId, () => {
        const decided = store.reviews.history(pairId).at(-1)
        if (decided === undefined || decided.decision === 'undo' || decided.decision !== of) {
          throw new LaurelError('BUSY', 'The decision on this pair has changed.', 'Decide on the pair, then say why.')
        }
        const { decision, chosenText, rejectedText, reversed, note, seconds, blind } = decided
        const isOwn = decided.reviewer === reviewer() // another user's time and blindness aren't this one's
        const observed = { seconds: isOwn ? seconds : null, blind: isOwn && blind }
        return { decision, chosenText, rejectedText, reversed, note, ...observed, ...reasoning }
      })
    },

    rescore(candidateId: number, reward: number | null): ReviewItem {
      const place = store.candidates.placeOf(candidateId)
      if (place === undefined) throw noCandidate(candidateId)
      return setRewards(place.promptId, [{ candidateId, reward }])
    },
    /** Several scores of one prompt as one action. */
    scores: setRewards,

    note(promptId: number, text: string, place = 0): ReviewItem {
      const { runId } = item(promptId)
      store.transaction(() => {
        const actId = store.reviewActs.add({ runId, promptId, kind: 'note', reviewer: reviewer() })
        store.reviewNotes.add(promptId, text.trim(), reviewer(), actId)
      })
      return item(promptId, place)
    },

    acts: (runId: string) => undo.next(store.runs.resolve(runId).id),
    undoLast: (runId: string) => undo.undo(store.runs.resolve(runId).id),
    redoLast: (runId: string) => undo.redo(store.runs.resolve(runId).id),
    undoBatch: undo.batch,
    /** Undoes the action that wrote one row. Throws BUSY if the same item has changed since. */
    undo(row: ReviewedRow): ReviewItem {
      undo.row(row)
      return item(row.promptId, row.place)
    },

    /** Prompts of the run whose review changes from now on. */
    async *changes(runId: string, signal?: AbortSignal): AsyncGenerator<{ promptIds: number[] }> {
      const { id } = store.runs.resolve(runId)
      const watched = changesOf(store)
      let seen = store.reviewQueue.marks()
      while (!signal?.aborted) {
        const count = watched.count()
        const now = store.reviewQueue.marks()
        const promptIds = isSame(now, seen) ? [] : store.reviewQueue.changedSince(id, seen)
        seen = now
        if (promptIds.length > 0) yield { promptIds }
        await watched.after(count, signal)
      }
    },
  }
}
export type ReviewsApi = ReturnType<typeof reviewsApi>

/** A reward to store, computed from the decisions on the judgement's parts if there are any. Throws BAD_INPUT if no judge could give it. */
function rewardRow(
  candidates: readonly ReviewCandidate[],
  { candidateId, reward, parts = null }: RewardByHand,
  range: RewardRange,
): RewardByHand {
  const candidate = candidates.find(({ id }) => id === candidateId)
  if (candidate === undefined) throw noCandidate(candidateId)
  if (parts !== null) {
    const judged = candidate.judgements.find((judgement) => judgement.parts !== null)?.parts ?? []
    if (parts.length !== judged.length) throw badInput('These requirements are not the ones that were judged.', 'Reload the page.')
    const isDecided = parts.some((met) => met !== null)
    return { candidateId, reward: isDecided ? rewardOfParts(withPartsByHand(judged, parts)) : null, parts: isDecided ? parts : null }
  }
  if (reward === null || isInRange(reward, range)) return { candidateId, reward }
  throw badInput(`A score must be ${range === null ? 'a number' : `a number from ${range[0]} to ${range[1]}`}.`, 'Enter another number.')
}

const noCandidate = (id: number): LaurelError => new LaurelError('NOT_FOUND', `There is no candidate ${id}.`, 'Reload the page.')

/** A reviewer who decided on one of a prompt's pairs has seen scores: their later votes on the prompt aren't blind. */
const hasSeenScores = (history: readonly ReviewRow[], reviewer: string): boolean =>
  history.some((row) => row.batchId === null && row.decision !== 'undo' && row.reviewer === reviewer)

const isSame = (a: ReviewMarks, b: ReviewMarks): boolean => a.review === b.review && a.rescore === b.rescore && a.note === b.note
