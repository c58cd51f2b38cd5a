import { setTimeout as sleep } from 'node:timers/promises'
import { badInput, LaurelError } from '../common/errors.ts'
import { recipe as recipeSchema } from '../loop/recipe.ts'
import { rescore } from '../loop/rescore.ts'
import { takingBack } from '../loop/undo-review.ts'
import type { ReviewMarks } from '../store/review-queue.ts'
import type { NewReview } from '../store/reviews.ts'
import type { Store } from '../store/store.ts'
import type { QueueEntry, QueueFilter, ReviewableRun, ReviewItem } from './contract/review.ts'
import { bulkReviews } from './review-bulk.ts'
import { reviewItemOf } from './review-item.ts'
import { overviewOf } from './review-overview.ts'
import { filteredQueue } from './review-queue.ts'
import { statusOf } from './show-run.ts'

/** How often the store is looked at for what others decided: another window, another process. */
const pollMs = 250

/** One act of a person, to be taken back. */
export interface ReviewAct {
  readonly kind: 'decision' | 'rescore' | 'note'
  readonly id: number
  readonly promptId: number
}

/**
 * Reviewing by hand: what there is to review, and what a person does about it. Everything is a row; nothing is ever overwritten. `reviewer`: who it is,
 * as it is stored with what they do.
 */
export function reviewsApi(store: Store, reviewer: () => string = () => '') {
  const rowsOf = (runId: string, search: string) => store.reviewQueue.ofRun(runId, search.trim())
  const queue = (runId: string, filter: QueueFilter): QueueEntry[] => filteredQueue(rowsOf(runId, filter.search), filter)
  const item = (promptId: number): ReviewItem => reviewItemOf(store, promptId)

  function setReward(candidateId: number, reward: number | null): ReviewItem {
    const place = store.candidates.placeOf(candidateId)
    if (place === undefined) throw new LaurelError('NOT_FOUND', `There is no candidate ${candidateId}.`, 'Load the page again.')
    item(place.promptId) // refused where the iteration's pairs are not made yet
    const { pairs: rule } = recipeSchema.parse(store.runs.resolve(place.runId).recipe)
    rescore(store, place.promptId, { candidateId, reward, reviewer: reviewer() }, rule)
    return item(place.promptId)
  }

  return {
    ...{ queue, item },
    bulk: bulkReviews(store, queue, reviewer),

    overview: (runId: string) => overviewOf(store, store.runs.resolve(runId)),

    /** Runs with something to review: those that wait first, then newest first. */
    runs(): ReviewableRun[] {
      const found = store.runs.list().flatMap((run) => {
        const { prompts, pairs, reviewed } = store.reviewQueue.counts(run.id)
        const { id, name, createdAt } = run
        return prompts === 0 ? [] : [{ id, name, createdAt, status: statusOf(store, run), pairs, reviewed }]
      })
      return found.sort((a, b) => Number(b.status === 'waiting') - Number(a.status === 'waiting'))
    },

    /** Decide about a pair, which must be the one that its prompt has now. */
    decide(review: NewReview): ReviewItem {
      return store.transaction(() => {
        const pair = store.pairs.find(review.pairId)
        if (pair === undefined) throw new LaurelError('NOT_FOUND', `There is no pair ${review.pairId}.`, 'Load the page again.')
        if (item(pair.promptId).pair?.id !== pair.id) {
          throw new LaurelError('BUSY', 'This prompt has another pair now: a score was set meanwhile.', 'Look at it again, then decide.')
        }
        const { chosenText, rejectedText } = review
        if (review.decision === 'edit' && [chosenText, rejectedText].some((text) => text?.trim() === '')) {
          throw badInput('An edited response must not be empty.', 'Write something, or decide that both are bad.')
        }
        store.reviews.add({ reviewer: reviewer(), ...review })
        return item(pair.promptId)
      })
    },

    rescore: setReward,

    note(promptId: number, text: string): ReviewItem {
      item(promptId)
      store.reviewNotes.add(promptId, text.trim(), reviewer())
      return item(promptId)
    },

    /** Take one act back. Throws BUSY where something was done about the same thing since. */
    undo({ kind, id, promptId }: ReviewAct): ReviewItem {
      return store.transaction(() => {
        if (kind === 'decision') undoDecision(store, id)
        if (kind === 'note') undoNote(store, promptId, id)
        if (kind === 'rescore') {
          const { candidateId, before } = rescoreBefore(store, promptId, id)
          setReward(candidateId, before)
        }
        return item(promptId)
      })
    },

    /** Prompts of the run about which something was done, from now on. */
    async *changes(runId: string, signal?: AbortSignal): AsyncGenerator<{ promptIds: number[] }> {
      const { id } = store.runs.resolve(runId)
      let seen = store.reviewQueue.marks()
      while (!signal?.aborted) {
        const now = store.reviewQueue.marks()
        const promptIds = isSame(now, seen) ? [] : store.reviewQueue.changedSince(id, seen)
        seen = now
        if (promptIds.length > 0) yield { promptIds }
        await sleep(pollMs, undefined, { signal }).catch(() => {})
      }
    },
  }
}
export type ReviewsApi = ReturnType<typeof reviewsApi>

function refuse(): never {
  throw new LaurelError(
    'BUSY',
    'Something was decided here since, so this cannot be taken back by itself.',
    'Look at it again, then decide anew.',
  )
}

function undoDecision(store: Store, id: number): void {
  const pairId = store.reviews.find(id)?.pairId ?? refuse()
  const history = store.reviews.history(pairId)
  if (history.at(-1)?.id !== id) refuse()
  store.reviews.add(takingBack(history, history.length - 1))
}

function undoNote(store: Store, promptId: number, id: number): void {
  const notes = store.reviewNotes.ofPrompt(promptId)
  if (notes.at(-1)?.id !== id) refuse()
  store.reviewNotes.add(promptId, notes.at(-2)?.text ?? '')
}

/** The reward by hand that a candidate had before it was set so; null: none. */
function rescoreBefore(store: Store, promptId: number, id: number): { candidateId: number; before: number | null } {
  const rows = store.rescores.ofPrompt(promptId)
  const candidateId = rows.find((row) => row.id === id)?.candidateId ?? refuse()
  const ofCandidate = rows.filter((row) => row.candidateId === candidateId)
  if (ofCandidate.at(-1)?.id !== id) refuse()
  return { candidateId, before: ofCandidate.at(-2)?.reward ?? null }
}

const isSame = (a: ReviewMarks, b: ReviewMarks): boolean => a.review === b.review && a.rescore === b.rescore && a.note === b.note
