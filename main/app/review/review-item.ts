import { doubtOf } from '../../evaluation/doubt.ts'
import { outcomeOf } from '../../loop/preferences/pair-rules.ts'
import { judgedCandidates } from '../../loop/stages/make-pairs.ts'
import type { ReviewCandidate, ReviewDecision, ReviewItem } from '../../shared/contract/review-contract.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { Store } from '../../store/store.ts'
import { standingRewards } from '../../store/tables/rescores-table.ts'
import type { ReviewRow } from '../../store/tables/reviews-table.ts'
import { entryOf } from './review-queue.ts'

/** Whether the training on an iteration's pairs has started: later reviews don't affect it. */
export const hasStarted = (store: Store, runId: string, iteration: number): boolean =>
  store.trainings.find(runId, `M${iteration + 1}`) !== undefined || store.models.find(runId, `M${iteration + 1}`) !== undefined

/** Everything about one prompt. Throws NOT_FOUND if it doesn't exist or if its iteration has no pairs yet. */
export function reviewItemOf(store: Store, promptId: number): ReviewItem {
  const prompt = store.prompts.find(promptId)
  const row = prompt && store.reviewQueue.find(prompt.runId, promptId)
  if (prompt === undefined || row === undefined) {
    throw new LaurelError('NOT_FOUND', `Prompt ${promptId} has nothing to review.`, 'Go back to the queue.')
  }
  const { runId, iteration, position, text } = prompt
  const pairs = store.pairs.ofPrompt(promptId)
  const pair = pairs.find(({ id }) => id === row.pairId)
  const judged = pairs.find(({ madeBy }) => madeBy === 'judge')
  const history = pair === undefined ? [] : store.reviews.history(pair.id)
  const outcome = pair && outcomeOf({ ...pair, reversed: row.reversed === 1, dropped: false }, history.at(-1))
  const rescores = store.rescores.ofPrompt(promptId)
  const margin = row.chosenReward === null || row.rejectedReward === null ? null : Math.abs(row.chosenReward - row.rejectedReward)
  return {
    ...{ runId, promptId, iteration, position, prompt: text, model: `M${iteration}`, trains: `M${iteration + 1}` },
    trained: hasStarted(store, runId, iteration),
    candidates: candidatesOf(store, promptId, standingRewards(rescores)),
    pair:
      pair === undefined
        ? null
        : { ...sidesOf(pair), id: pair.id, reversed: row.reversed === 1, doubt: margin && doubtOf(margin, row.variance) },
    judged: judged === undefined ? null : sidesOf(judged),
    decisions: history.map(shownDecision),
    earlier: pairs
      .filter(({ id }) => id !== row.pairId)
      .map((other) => ({ ...sidesOf(other), decisions: store.reviews.history(other.id).map(shownDecision) }))
      .filter(({ decisions }) => decisions.length > 0),
    rescores: rescores.map(({ id, candidateId, reward, reviewer, at }) => ({ id, candidateId, reward, reviewer, at })),
    notes: store.reviewNotes.ofPrompt(promptId).map(({ id, text, reviewer, at }) => ({ id, text, reviewer, at })),
    trainsAs: outcome?.trains === undefined ? null : { chosen: outcome.trains.chosen, rejected: outcome.trains.rejected },
    because: outcome?.because ?? (row.judged === 1 ? 'rescore' : 'none'),
    entry: entryOf(row),
  }
}

const sidesOf = ({ chosenId, rejectedId }: { chosenId: number; rejectedId: number }) => ({ chosenId, rejectedId })

function candidatesOf(store: Store, promptId: number, byHand: ReadonlyMap<number, number>): ReviewCandidate[] {
  const rows = store.candidates.ofPrompt(promptId)
  const judgements = Map.groupBy(store.judgements.ofPrompt(promptId), ({ subjectId }) => subjectId)
  const rewards = new Map(judgedCandidates(rows, [...judgements.values()].flat()).map(({ id, reward }) => [id, reward]))
  return rows.map(({ id, sample, text, tokens, finishReason }) => ({
    ...{ id, sample, text, tokens, finishReason },
    judgements: (judgements.get(id) ?? []).map((judgement) => ({
      judge: judgement.judge,
      sample: judgement.sample,
      text: judgement.text,
      score: judgement.score,
    })),
    judgeReward: rewards.get(id) ?? null,
    reward: byHand.get(id) ?? null,
  }))
}

function shownDecision(review: ReviewRow): ReviewDecision {
  const { id, decision, chosenText, rejectedText, reversed, reviewer, seconds, blind, batchId, at } = review
  return { id, decision, chosenText, rejectedText, reversed, reviewer, seconds, blind, batchId, at }
}
