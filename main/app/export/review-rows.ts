import type { ExportChoice } from '../../shared/contract/export-contract.ts'
import type { AnyPairRow } from '../../store/tables/pairs-table.ts'
import { chosenIterations, notesOf, type RunSource, reasonsCell } from './run-rows.ts'

/** Whether a row counts: only a current one does. `undo`: it removes what was decided before. */
type State = 'current' | 'superseded' | 'undone' | 'undo'

interface Row extends Record<string, unknown> {
  readonly prompt_number: number
  readonly at: string
}

/** All review actions by users, including superseded and undone ones, each with its state. Ordered by prompt, then by time. */
export function* reviewRows(source: RunSource, choice: ExportChoice): Generator<Record<string, unknown>> {
  const undoing = source.store.reviewActs.undoing(source.run.id)
  for (const iteration of chosenIterations(source, choice)) {
    const rows = [decisionRows, scoreRows, noteRows].flatMap((rowsOf) => rowsOf(source, iteration, undoing))
    yield* rows.sort((a, b) => a.prompt_number - b.prompt_number || a.at.localeCompare(b.at))
  }
}

/** States of one subject's rows, oldest first. */
function statesOf<Kept extends { readonly actId: number | null }>(
  rows: readonly Kept[],
  isNothing: (row: Kept) => boolean,
  undoing: ReadonlySet<number>,
): State[] {
  return rows.map((row, i) => {
    const next = rows[i + 1]
    if (isNothing(row)) return 'undo'
    if (next === undefined) return 'current'
    return isNothing(next) || (next.actId !== null && undoing.has(next.actId)) ? 'undone' : 'superseded'
  })
}

const stateColumns = (state: State) => ({ state, counts: state === 'current' })

/** Defaults of every row, so that a table has the same columns for all row types. */
const empty = {
  ...{ decision: null, judge_chosen: null, judge_rejected: null, chosen_reward: null, rejected_reward: null },
  ...{ chosen_score_by_hand: null, rejected_score_by_hand: null, edited_chosen: null, edited_rejected: null },
  ...{ reasons: null, comment: null, blind: null, batch: null, seconds: null, response: null, score_by_hand: null, note: null },
}

function decisionRows({ store, run }: RunSource, iteration: number, undoing: ReadonlySet<number>): Row[] {
  const byHand = store.rescores.newest(run.id, iteration)
  const notes = store.reviewNotes.newest(run.id, iteration)
  const histories = Map.groupBy(store.reviews.ofIteration(run.id, iteration), ({ pairId }) => pairId)
  const standing = standingAmong({ store, run }, iteration, histories)
  return [...histories].flatMap(([pairId, history]) => {
    const pair = store.pairs.find(pairId)
    if (pair === undefined) return []
    const states = statesOf(history, ({ decision }) => decision === 'undo', undoing)
    return history.map((review, i) => ({
      ...placeOf(run.id, iteration, pair),
      act: 'decision',
      // a decision on a pair that the prompt no longer has counts again once its scores return
      ...stateColumns(states[i] === 'current' && !standing.has(pairId) ? 'superseded' : states[i]),
      ...empty,
      ...{ decision: review.decision, reasons: reasonsCell(review), comment: review.comment || null },
      ...{ judge_chosen: pair.chosenText, judge_rejected: pair.rejectedText },
      ...{ chosen_reward: pair.chosenReward, rejected_reward: pair.rejectedReward },
      ...{ chosen_score_by_hand: byHand.get(pair.chosenId) ?? null, rejected_score_by_hand: byHand.get(pair.rejectedId) ?? null },
      ...{ edited_chosen: review.chosenText, edited_rejected: review.rejectedText, blind: review.blind, batch: review.batchId },
      ...{ note: notesOf(notes.get(pair.promptId) ?? '', review.note) || null },
      ...{ reviewer: review.reviewer, seconds: review.seconds, at: review.at },
    }))
  })
}

/** Which of some pairs are still their prompts'. */
function standingAmong({ store, run }: RunSource, iteration: number, pairs: ReadonlyMap<number, unknown>): Set<number> {
  const standing = new Set<number>()
  if (pairs.size === 0) return standing
  for (const span of store.prompts.spans(run.id, iteration)) {
    for (const { id, dropped } of store.pairs.standing(run.id, iteration, span)) if (!dropped && pairs.has(id)) standing.add(id)
  }
  return standing
}

function scoreRows({ store, run }: RunSource, iteration: number, undoing: ReadonlySet<number>): Row[] {
  const histories = Map.groupBy(store.rescores.ofIteration(run.id, iteration), ({ candidateId }) => candidateId)
  return [...histories].flatMap(([candidateId, history]) => {
    const candidate = store.candidates.find(candidateId)
    if (candidate === undefined) return []
    const states = statesOf(history, ({ reward }) => reward === null, undoing)
    return history.map(({ reward, reviewer, at }, i) => ({
      ...placeOf(run.id, iteration, candidate),
      act: 'score',
      ...stateColumns(states[i]),
      ...empty,
      ...{ response: candidate.text, score_by_hand: reward, reviewer, at },
    }))
  })
}

function noteRows({ store, run }: RunSource, iteration: number, undoing: ReadonlySet<number>): Row[] {
  const histories = Map.groupBy(store.reviewNotes.ofIteration(run.id, iteration), ({ promptId }) => promptId)
  return [...histories].flatMap(([promptId, history]) => {
    const prompt = store.prompts.find(promptId)
    if (prompt === undefined) return []
    const states = statesOf(history, ({ text }) => text === '', undoing)
    return history.map(({ text, reviewer, at }, i) => ({
      ...placeOf(run.id, iteration, { position: prompt.position, instruction: prompt.text }),
      act: 'note',
      ...stateColumns(states[i]),
      ...empty,
      ...{ note: text, reviewer, at },
    }))
  })
}

const placeOf = (run: string, iteration: number, { position, instruction }: Pick<AnyPairRow, 'position' | 'instruction'>) => ({
  ...{ run, iteration, prompt_number: position, prompt: instruction },
})
