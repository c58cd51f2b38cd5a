import { reviewerAgreement } from '../../evaluation/reviewer-agreement.ts'
import { type Side, userAgreement, type Vote } from '../../evaluation/user-agreement.ts'
import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import type { Agreement } from '../../shared/contract/review-agreement.ts'
import type { ReviewOverview } from '../../shared/contract/review-contract.ts'
import type { Store } from '../../store/store.ts'
import type { OpinionRow, VoteRow } from '../../store/tables/reviews-table.ts'
import type { RunRow } from '../../store/tables/runs-table.ts'
import { rewardRangeOf } from '../charts/reward-axis.ts'
import { statusOf } from '../runs/show-run.ts'
import { hasStarted, type ReviewCounts, reviewCounts } from './review-queue.ts'

/** A run's review progress and the agreement between user and judge, by iteration and in total. */
export function overviewOf(store: Store, run: RunRow): ReviewOverview {
  const byIteration = countsOf(store, run.id)
  const votes = store.reviews.votes(run.id)
  const status = statusOf(store, run)
  return {
    ...{ runId: run.id, name: run.name, status },
    waitsFor: status === 'waiting-for-review' ? run.iteration : null,
    rewardRange: rewardRangeOf(run),
    iterations: [...byIteration].map(([iteration, { rows, ...counts }]) => ({
      ...{ iteration, model: `M${iteration}`, trains: `M${iteration + 1}`, ...counts, withoutPair: rows - counts.pairs },
      trained: hasStarted(store, run.id, iteration),
      agreement: agreementOf(votes.filter((vote) => vote.iteration === iteration)),
    })),
    onlyDecided: readStoredRecipe(run).recipe?.pairs.rule === 'human-only',
    agreement: agreementOf(votes),
    ...reviewersOf(store.reviews.opinions(run.id)),
    reasons: reasonsOf(store.reviews.reasons(run.id)),
    batches: store.reviewBatches
      .ofRun(run.id)
      .filter(({ undoes }) => undoes === null)
      .map(({ id, decision, pairs, undoneBy, at }) => ({ id, decision, pairs, undone: undoneBy !== null, at })),
  }
}

/** Counts of the queue by iteration: those of the judge's pairs, corrected by the few prompts that users have reviewed. */
function countsOf(store: Store, runId: string): Map<number, ReviewCounts> {
  const counts = new Map<number, ReviewCounts>()
  for (const { iteration, stage, finishedAt } of store.stages.ofRun(runId)) {
    if (stage !== 'pairs' || finishedAt === null) continue
    const [{ accepted }, pairs] = [store.counts.prompts(runId, iteration), store.counts.pairs(runId, iteration)]
    if (accepted === 0) continue
    counts.set(iteration, { rows: accepted - store.counts.paired(runId, iteration) + pairs, pairs, reviewed: 0, overridden: 0 })
  }
  for (const promptId of store.reviewQueue.reviewed(runId)) {
    const rows = store.reviewQueue.ofPrompt(runId, promptId)
    for (const [iteration, now] of reviewCounts(rows)) {
      const before = counts.get(iteration)!
      const judged = rows.some(({ rescored }) => rescored === 1) ? judgesPairs(store, promptId) : now.pairs
      counts.set(iteration, {
        rows: before.rows + now.rows - Math.max(1, judged),
        pairs: before.pairs + now.pairs - judged,
        reviewed: before.reviewed + now.reviewed,
        overridden: before.overridden + now.overridden,
      })
    }
  }
  return counts
}

const judgesPairs = (store: Store, promptId: number): number =>
  store.pairs.ofPrompt(promptId).filter(({ madeBy }) => madeBy === 'judge').length

/** Converts a decision to a vote. "First" is the response sampled first, so that sides are independent of the judge. */
function voteOf({ decision, chosenId, rejectedId, chosenLength, rejectedLength }: VoteRow): Vote {
  const [judge, other]: Side[] = chosenId < rejectedId ? ['first', 'second'] : ['second', 'first']
  const user = decision === 'agree' ? judge : decision === 'swap' ? other : null
  const longer = chosenLength === rejectedLength ? null : chosenLength > rejectedLength ? judge : other
  return { judge, user, longer }
}

/** Agreement between user and judge over these decisions. */
const agreementOf = (rows: readonly VoteRow[]): Agreement => ({
  ...userAgreement(rows.map(voteOf)),
  blind: rows.filter(({ blind, decision }) => blind === 1 && (decision === 'agree' || decision === 'swap')).length,
  apart: { blind: shareOf(rows.filter(({ blind }) => blind === 1)), open: shareOf(rows.filter(({ blind }) => blind === 0)) },
})

function shareOf(rows: readonly VoteRow[]): Agreement['apart']['blind'] {
  const { n, accuracy, interval } = userAgreement(rows.map(voteOf))
  return { n, accuracy, ...interval }
}

/** How often each reason was given, the most frequent first. */
function reasonsOf(rows: ReturnType<Store['reviews']['reasons']>): ReviewOverview['reasons'] {
  const byReason = [...Map.groupBy(rows, ({ reason }) => reason)].map(([reason, given]) => ({
    reason,
    n: given.reduce((sum, { n }) => sum + n, 0),
    by: given.map(({ reviewer, n }) => ({ name: reviewer, n })).sort((a, b) => b.n - a.n),
  }))
  return byReason.sort((a, b) => b.n - a.n)
}

/** Who reviewed, and how far they agree with one another. */
function reviewersOf(opinions: readonly OpinionRow[]): Pick<ReviewOverview, 'reviewers' | 'between'> {
  const reviewers = [...Map.groupBy(opinions, ({ reviewer }) => reviewer)].map(([name, own]) => ({
    name,
    decided: own.length,
    blind: own.filter(({ blind }) => blind === 1).length,
  }))
  return { reviewers: reviewers.sort((a, b) => b.decided - a.decided), between: reviewerAgreement(opinions) }
}
