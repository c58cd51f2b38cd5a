import { LaurelError } from '../../shared/errors.ts'
import type { PartsByHand } from '../../shared/judged-parts.ts'
import type { Store } from '../../store/store.ts'
import type { RemadePair } from '../../store/tables/pairs-table.ts'
import { standingRescores } from '../../store/tables/rescores-table.ts'
import type { ActRow } from '../../store/tables/review-acts-table.ts'
import { storedRecipe } from '../recipe/stored-recipe.ts'
import { judgedCandidates, newPair } from '../stages/make-pairs.ts'
import type { PairSettings, RewardedCandidate } from './pair-rule.ts'
import { pairsOf } from './pair-rules.ts'

/** Candidates with the user's rewards replacing the judge's. The implicit reward doesn't contradict these. */
const withRewardsByHand = <Candidate extends RewardedCandidate>(
  candidates: readonly Candidate[],
  byHand: ReadonlyMap<number, { readonly reward: number }>,
): Candidate[] =>
  candidates.map((candidate) => {
    const reward = byHand.get(candidate.id)?.reward
    return reward === undefined ? candidate : { ...candidate, reward, implicit: null }
  })

/** A reward set by the user; null restores the judge's. */
export interface RewardByHand {
  readonly candidateId: number
  readonly reward: number | null
  /** The decisions on the judgement's parts that the reward follows from. */
  readonly parts?: PartsByHand | null
}

/**
 * Sets rewards of a prompt's candidates as one act, and rebuilds the prompt's pairs from the new rewards by the recipe's rule, in one
 * transaction.
 */
export function rescore(
  store: Store,
  { runId, promptId, reviewer = '' }: { runId: string; promptId: number; reviewer?: string },
  rewards: readonly RewardByHand[],
  settings: PairSettings,
): void {
  store.transaction(() => {
    const actId = store.reviewActs.add({ runId, promptId, kind: 'rescore', reviewer })
    for (const { candidateId, reward, parts } of rewards) store.rescores.add(candidateId, reward, reviewer, actId, parts)
    remakePairs(store, promptId, settings)
  })
}

/** Rebuilds the prompt's pairs from its current rewards. */
const remakePairs = (store: Store, promptId: number, settings: PairSettings): void =>
  store.pairs.remake(promptId, remadePairs(store, promptId, settings))

/**
 * The pairs that the current rewards make. Adds rows for two candidates that were never a pair. Undefined: no reward is set by the user.
 */
function remadePairs(store: Store, promptId: number, settings: PairSettings): RemadePair[] | undefined {
  const byHand = standingRescores(store.rescores.ofPrompt(promptId))
  if (byHand.size === 0) return undefined
  const implicit = store.secondJudgements.ofPrompt(promptId, 'agreement')
  const judged = judgedCandidates(store.candidates.ofPrompt(promptId), store.judgements.ofPrompt(promptId), implicit)
  const pairs = pairsOf(withRewardsByHand(judged, byHand), settings)
  for (const pair of pairs) store.pairs.add({ ...newPair(promptId, pair, judged), madeBy: 'person' }) // a no-op if the pair exists, in either order
  const rows = store.pairs.ofPrompt(promptId)
  return pairs.map((pair) => {
    const ids = [pair.chosenId, pair.rejectedId]
    const row = rows.find(({ chosenId, rejectedId }) => ids.includes(chosenId) && ids.includes(rejectedId))!
    return { pairId: row.id, reversed: row.chosenId !== pair.chosenId }
  })
}

/** How many recent acts to search for something to undo. */
const depth = 2000

export type Direction = 'undo' | 'redo'

/** Ids of acts that can be undone and redone; the last one of each is next. */
interface UndoStack {
  readonly undo: readonly number[]
  readonly redo: readonly number[]
}

/** The stack after some acts, oldest first. A new act clears the redo list. */
function stackOf(acts: readonly Pick<ActRow, 'id' | 'undoes' | 'redoes'>[]): UndoStack {
  let undo: number[] = []
  let redo: number[] = []
  for (const { id, undoes, redoes } of acts) {
    if (undoes !== null) {
      undo = undo.filter((other) => other !== undoes)
      redo.push(undoes)
    } else if (redoes !== null) {
      redo = redo.filter((other) => other !== redoes)
      undo.push(redoes)
    } else {
      undo.push(id)
      redo = []
    }
  }
  return { undo, redo }
}

/** The reviewer's next act to undo or redo. Skips acts whose subjects have all been changed since. */
export function nextAct(store: Store, runId: string, reviewer: string, direction: Direction): ActRow | undefined {
  const stack = stackOf(store.reviewActs.newest(runId, reviewer, depth))[direction]
  for (const id of stack.toReversed()) {
    const act = store.reviewActs.find(id)
    if (act !== undefined && isNext(store, act, direction)) return act
  }
  return undefined
}

const versionsOf = (store: Store, { kind }: Pick<ActRow, 'kind'>) =>
  ({ decision: store.reviews, batch: store.reviews, rescore: store.rescores, note: store.reviewNotes })[kind].versions

/** How many pairs, scores, or notes an act changed. */
export const subjectsOf = (store: Store, act: ActRow): number => versionsOf(store, act).subjects(act.id)

/** Whether the act can be undone or redone for any of its subjects. */
function isNext(store: Store, act: ActRow, direction: Direction): boolean {
  const versions = versionsOf(store, act)
  return direction === 'undo' ? versions.standing(act.id) : versions.undone(act.id)
}

/**
 * Undoes or redoes an act by adding rows, in one transaction. Returns how many pairs, scores, or notes changed. Restored values keep their
 * earlier reviewer and note. Throws BUSY if everything in the act has been changed since.
 */
export function stepAct(store: Store, act: ActRow, direction: Direction, reviewer: string): number {
  const { id, runId, promptId, kind } = act
  return store.transaction(() => {
    const batchId = kind === 'batch' ? stepBatch(store, act, direction) : null
    const target = direction === 'undo' ? { undoes: id } : { redoes: id, batchId }
    const actId = store.reviewActs.add({ runId, promptId, kind, reviewer, ...target })
    const subjects = versionsOf(store, act)[direction]({ actId, of: id, reviewer, batchId })
    if (subjects === 0) throw somethingElse()
    if (kind === 'rescore' && promptId !== null) remakePairs(store, promptId, storedRecipe(store.runs.resolve(runId)).pairs)
    return subjects
  })
}

/** Restores a pair's decision from before a batch, as an act of its own. Throws BUSY if the batch's decision no longer applies. */
export function undoOne(store: Store, { id: of, runId }: ActRow, promptId: number, reviewId: number, reviewer: string): void {
  const actId = store.reviewActs.add({ runId, promptId, kind: 'decision', reviewer })
  if (store.reviews.versions.undo({ actId, of, reviewer, only: store.reviews.find(reviewId)?.pairId ?? -1 }) === 0) throw somethingElse()
}

/** A batch is undone by another batch, and redone as a new one. */
function stepBatch(store: Store, { id, runId }: ActRow, direction: Direction): number {
  const made = store.reviewActs.newestOf(id)?.batchId
  const batch = made == null ? undefined : store.reviewBatches.find(made)
  if (batch === undefined) throw somethingElse()
  return store.reviewBatches.add(runId, batch.decision, direction === 'undo' ? batch.id : null)
}

const somethingElse = (): LaurelError =>
  new LaurelError('BUSY', 'A newer decision was made here, so nothing was changed.', 'Review the current decision, then try again.')
