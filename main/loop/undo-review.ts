import { LaurelError } from '../common/errors.ts'
import type { ActRow } from '../store/review-acts.ts'
import type { Store } from '../store/store.ts'
import { remakePair } from './rescore.ts'
import { storedRecipe } from './stored-recipe.ts'

/** How many acts back are looked at for what can be undone. */
const depth = 2000

export type Direction = 'undo' | 'redo'

/** Acts that can be undone and redone, by their numbers; the last of each is the next one. */
export interface UndoStack {
  readonly undo: readonly number[]
  readonly redo: readonly number[]
}

/** The stack that acts, oldest first, leave: something new ends what could be redone. */
export function stackOf(acts: readonly Pick<ActRow, 'id' | 'undoes' | 'redoes'>[]): UndoStack {
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

/** The act that comes next for this reviewer. One about which somebody decided since is passed over: it stays as they left it. */
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

/** About how many pairs, scores or notes an act was. */
export const subjectsOf = (store: Store, act: ActRow): number => versionsOf(store, act).subjects(act.id)

/** Whether it can be undone or redone about any of them. */
function isNext(store: Store, act: ActRow, direction: Direction): boolean {
  const versions = versionsOf(store, act)
  return direction === 'undo' ? versions.standing(act.id) : versions.undone(act.id)
}

/**
 * Undo or redo an act by new rows, in one transaction; gives about how many pairs, scores or notes. What stands then has its reviewer and its note of
 * before. Throws BUSY where something else was done about all of it since.
 */
export function stepAct(store: Store, act: ActRow, direction: Direction, reviewer: string): number {
  const { id, runId, promptId, kind } = act
  return store.transaction(() => {
    const batchId = kind === 'batch' ? stepBatch(store, act, direction) : null
    const target = direction === 'undo' ? { undoes: id } : { redoes: id, batchId }
    const actId = store.reviewActs.add({ runId, promptId, kind, reviewer, ...target })
    const subjects = versionsOf(store, act)[direction]({ actId, of: id, reviewer, batchId })
    if (subjects === 0) throw somethingElse()
    if (kind === 'rescore' && promptId !== null) remakePair(store, promptId, storedRecipe(store.runs.resolve(runId)).pairs)
    return subjects
  })
}

/** Bring back what stood on one pair before a batch, as an act of its own. Throws BUSY where the batch's decision no longer counts. */
export function takeBackOne(store: Store, { id: of, runId }: ActRow, promptId: number, reviewId: number, reviewer: string): void {
  const actId = store.reviewActs.add({ runId, promptId, kind: 'decision', reviewer })
  if (store.reviews.versions.undo({ actId, of, reviewer, only: store.reviews.find(reviewId)?.pairId ?? -1 }) === 0) throw somethingElse()
}

/** A batch is undone by another one, and redone as a new one. */
function stepBatch(store: Store, { id, runId }: ActRow, direction: Direction): number {
  const made = store.reviewActs.newestOf(id)?.batchId
  const batch = made == null ? undefined : store.reviewBatches.find(made)
  if (batch === undefined) throw somethingElse()
  return store.reviewBatches.add(runId, batch.decision, direction === 'undo' ? batch.id : null)
}

const somethingElse = (): LaurelError =>
  new LaurelError('BUSY', 'Something else was decided here since, so this stays as it is.', 'Look at it again, then decide.')
