import { generators } from '../../common/random.ts'
import { doubtOf, leastError } from '../../evaluation/doubt.ts'
import { outcomeOf } from '../../loop/preferences/pair-rules.ts'
import { readStoredRecipe } from '../../loop/recipe/stored-recipe.ts'
import { judgedCandidates } from '../../loop/stages/make-pairs.ts'
import type {
  QueueEntry,
  QueueFilter,
  QueueSort,
  QueueStatus,
  ReviewCandidate,
  ReviewDecision,
  ReviewItem,
} from '../../shared/contract/review-contract.ts'
import { LaurelError } from '../../shared/errors.ts'
import { partsOf } from '../../shared/judged-parts.ts'
import type { QueueRow } from '../../store/queries/review-queue-queries.ts'
import type { Store } from '../../store/store.ts'
import { type RescoreRow, standingRescores } from '../../store/tables/rescores-table.ts'
import type { ReviewRow } from '../../store/tables/reviews-table.ts'
import { rewardRangeOf, rewardSpanOf } from '../charts/reward-axis.ts'

/** Whether a pair trains differently from the judge's choice. */
function isOverridden({ pairId, madeBy, reversed, decision, rescored, judged }: QueueRow): boolean {
  if (pairId === null) return rescored === 1 && judged === 1
  if (decision !== null && decision !== 'agree') return true
  return madeBy === 'person' || (reversed === 1 && decision === null)
}

const isReviewed = ({ decision, rescored }: QueueRow): boolean => decision !== null || rescored === 1

/** Counts of queue rows. */
export interface ReviewCounts {
  readonly rows: number
  readonly pairs: number
  /** Pairs that users have reviewed. */
  readonly reviewed: number
  /** Rows that train differently from the judge's choice. */
  readonly overridden: number
}

/** Counts of queue rows by iteration, in their order. */
export function reviewCounts(rows: Iterable<QueueRow>): Map<number, ReviewCounts> {
  const counts = new Map<number, ReviewCounts>()
  for (const row of rows) {
    const isPair = row.pairId !== null
    const before = counts.get(row.iteration) ?? { rows: 0, pairs: 0, reviewed: 0, overridden: 0 }
    counts.set(row.iteration, {
      rows: before.rows + 1,
      pairs: before.pairs + Number(isPair),
      reviewed: before.reviewed + Number(isPair && isReviewed(row)),
      overridden: before.overridden + Number(isOverridden(row)),
    })
  }
  return counts
}

const marginOf = ({ chosenReward, rejectedReward }: QueueRow): number | null =>
  chosenReward === null || rejectedReward === null ? null : Math.abs(chosenReward - rejectedReward)

/** An entry with the version of its pair's review, to detect changes; without a text, since there may be a million. */
export interface VersionedEntry extends Omit<QueueEntry, 'preview'> {
  readonly decidedAt: string | null
  readonly version: number | null // id of the pair's newest review
}

/** Converts a row to an entry. `error`: the least error of a reward. */
function entryOf(row: QueueRow, error: number): VersionedEntry {
  const { promptId, place, iteration, position, pairId, decision, decidedAt, version } = row
  const margin = marginOf(row)
  const doubt = margin === null ? null : doubtOf(margin, row.variance, error)
  return {
    promptId,
    place,
    iteration,
    position,
    pairId,
    margin,
    doubt,
    decision,
    decidedAt,
    version,
    overridden: isOverridden(row),
    reversed: row.reversed === 1,
    rescored: row.rescored === 1,
    noted: row.noted === 1,
  }
}

const statuses: Readonly<Record<QueueStatus, (row: QueueRow) => boolean>> = {
  all: ({ pairId }) => pairId !== null,
  unreviewed: (row) => row.pairId !== null && !isReviewed(row),
  reviewed: isReviewed,
  overridden: isOverridden,
  noted: ({ noted }) => noted === 1,
  'without-pair': ({ pairId }) => pairId === null,
}

const inRange = (value: number | null, min: number | null, max: number | null): boolean =>
  value !== null && (min === null || value >= min) && (max === null || value <= max)

function passes(row: QueueRow, { iteration, status, minScore, maxScore, minMargin, maxMargin }: QueueFilter): boolean {
  if (iteration !== null && row.iteration !== iteration) return false
  if (!statuses[status](row)) return false
  if (minScore !== null || maxScore !== null) {
    if (!inRange(row.chosenReward, minScore, maxScore) && !inRange(row.rejectedReward, minScore, maxScore)) return false
  }
  if (minMargin !== null || maxMargin !== null) return inRange(marginOf(row), minMargin, maxMargin)
  return true
}

const byPosition = (a: VersionedEntry, b: VersionedEntry): number =>
  a.iteration - b.iteration || a.position - b.position || a.place - b.place

/** Entries without the value go last. */
const orders: Readonly<Record<Exclude<QueueSort, 'random' | 'stratified'>, (a: VersionedEntry, b: VersionedEntry) => number>> = {
  doubt: (a, b) => (b.doubt ?? -1) - (a.doubt ?? -1) || byPosition(a, b),
  margin: (a, b) => (a.margin ?? 9) - (b.margin ?? 9) || byPosition(a, b),
  position: byPosition,
  newest: (a, b) => (b.decidedAt ?? '').localeCompare(a.decidedAt ?? '') || byPosition(a, b),
}

/** An entry with its place in a random order that never changes. */
interface DrawnEntry {
  readonly entry: VersionedEntry
  readonly draw: number
}

/** Drawn once for each entry: a draw takes longer than a comparison. */
const drawn = (entry: VersionedEntry): DrawnEntry => ({
  entry,
  draw: generators.philox.deriveSeed(0, 'review order', entry.promptId, entry.place),
})

const byDraw = (a: DrawnEntry, b: DrawnEntry): number => a.draw - b.draw || byPosition(a.entry, b.entry)

function inRandomOrder(entries: Iterable<VersionedEntry>, most: number): VersionedEntry[] {
  const first = firstOf(most, byDraw)
  for (const entry of entries) first.add(drawn(entry))
  return first.sorted().map(({ entry }) => entry)
}

/** Strata by doubt: the figure that a sample gives of easy and of hard pairs needs both. */
const strata = 5

/** Each fifth of the pairs by doubt in a random order, taking turns. Of all entries only the doubts are in memory, so they are read twice. */
function stratified(entries: () => Iterable<VersionedEntry>, most: number): VersionedEntry[] {
  const doubts = Float64Array.from(valuesOf(entries(), ({ doubt }) => doubt ?? -1))
  const ranked = Uint32Array.from(doubts.keys()).sort((a, b) => doubts[b] - doubts[a] || a - b) // in prompt order among equals
  const size = Math.ceil(doubts.length / strata)
  const stratum = new Uint8Array(doubts.length)
  for (const [rank, entry] of ranked.entries()) stratum[entry] = Math.floor(rank / size)
  const parts = Array.from({ length: strata }, () => firstOf(Math.ceil(most / strata), byDraw))
  let at = 0
  for (const entry of entries()) parts[stratum[at++] ?? 0].add(drawn(entry))
  const ordered = parts.map((part) => part.sorted().map(({ entry }) => entry))
  const rounds = Math.min(size, Math.ceil(most / strata))
  return Array.from({ length: rounds }, (_, i) => ordered.flatMap((part) => (part[i] === undefined ? [] : [part[i]]))).flat()
}

function* valuesOf<Item>(items: Iterable<Item>, value: (item: Item) => number): Generator<number> {
  for (const item of items) yield value(item)
}

/** Collects the first `most` of items in an order, holding twice as many at most. */
function firstOf<Item>(most: number, compare: (a: Item, b: Item) => number) {
  let kept: Item[] = []
  let last: Item | undefined
  const sorted = (): Item[] => kept.sort(compare).slice(0, most)
  return {
    add(item: Item): void {
      if (last !== undefined && compare(item, last) >= 0) return
      kept.push(item)
      if (kept.length < 2 * most) return
      kept = sorted()
      last = kept.at(-1)
    },
    sorted,
  }
}

/**
 * The first `most` of the rows that pass the filter (the store has already applied the text search), in its order. `random`: every pair is as
 * likely to come first, so that the first n are a fair sample; `stratified`: the same in each fifth of the pairs by doubt. Ties stay in prompt
 * order. `error`: the least error of a reward.
 */
export function versionedQueue(
  rows: () => Iterable<QueueRow>,
  filter: QueueFilter,
  error: number,
  most = Number.POSITIVE_INFINITY,
): VersionedEntry[] {
  function* entries(): Generator<VersionedEntry> {
    for (const row of rows()) if (passes(row, filter)) yield entryOf(row, error)
  }
  if (filter.sort === 'stratified') return stratified(entries, most)
  if (filter.sort === 'random') return inRandomOrder(entries(), most)
  const first = firstOf(most, orders[filter.sort])
  for (const entry of entries()) first.add(entry)
  return first.sorted()
}

/** An entry as it is listed, with the start of its prompt. */
export function listed(store: Store, { decidedAt: _, version: __, ...entry }: VersionedEntry): QueueEntry {
  return { ...entry, preview: store.reviewQueue.preview(entry.promptId) }
}

/** Whether the training on an iteration's pairs has started: later reviews don't affect it. */
export const hasStarted = (store: Store, runId: string, iteration: number): boolean =>
  store.trainings.find(runId, `M${iteration + 1}`) !== undefined || store.models.find(runId, `M${iteration + 1}`) !== undefined

/** A prompt at a place where its current rewards make no pair. */
const withoutPair = (row: QueueRow, place: number): QueueRow => ({
  ...row,
  place,
  pairId: null,
  madeBy: null,
  reversed: 0,
  chosenReward: null,
  rejectedReward: null,
  variance: 0,
  decision: null,
  decidedAt: null,
  version: null,
})

/** Everything about one prompt and the pair at a place. Throws NOT_FOUND if it doesn't exist or if its iteration has no pairs yet. */
export function reviewItemOf(store: Store, promptId: number, place = 0): ReviewItem {
  const prompt = store.prompts.find(promptId)
  const rows = prompt === undefined ? [] : store.reviewQueue.ofPrompt(prompt.runId, promptId)
  if (prompt === undefined || rows.length === 0) {
    throw new LaurelError('NOT_FOUND', `Prompt ${promptId} has nothing to review.`, 'Go back to the queue.')
  }
  const row = rows.find((other) => other.place === place) ?? withoutPair(rows[0], place)
  const { runId, iteration, position, text } = prompt
  const run = store.runs.resolve(runId)
  const error = leastError(rewardSpanOf(store, run))
  const { recipe } = readStoredRecipe(run)
  const pairs = store.pairs.ofPrompt(promptId)
  const pair = pairs.find(({ id }) => id === row.pairId)
  const history = pair === undefined ? [] : store.reviews.history(pair.id)
  const outcome = pair && outcomeOf({ ...pair, reversed: row.reversed === 1, dropped: false }, history.at(-1), recipe?.pairs.rule)
  const rescores = store.rescores.ofPrompt(promptId)
  const margin = marginOf(row)
  return {
    ...{ runId, promptId, place, iteration, position, prompt: text, model: `M${iteration}`, trains: `M${iteration + 1}` },
    trained: hasStarted(store, runId, iteration),
    rewardRange: rewardRangeOf(run),
    candidates: candidatesOf(store, promptId, `M${iteration}`, standingRescores(rescores)),
    pair:
      pair === undefined
        ? null
        : { ...sidesOf(pair), id: pair.id, reversed: row.reversed === 1, doubt: margin && doubtOf(margin, row.variance, error) },
    decisions: history.map(shownDecision),
    earlier: pairs
      .filter(({ id }) => !rows.some(({ pairId }) => pairId === id))
      .map((other) => ({ ...sidesOf(other), decisions: store.reviews.history(other.id).map(shownDecision) }))
      .filter(({ decisions }) => decisions.length > 0),
    rescores: rescores.map(({ id, candidateId, reward, reviewer, at }) => ({ id, candidateId, reward, reviewer, at })),
    notes: store.reviewNotes.ofPrompt(promptId).map(({ id, text, reviewer, at }) => ({ id, text, reviewer, at })),
    trainsAs: outcome?.trains === undefined ? null : { chosen: outcome.trains.chosen, rejected: outcome.trains.rejected },
    because: outcome?.because ?? (row.judged === 1 ? 'rescore' : 'none'),
    entry: listed(store, entryOf(row, error)),
    siblings: rows.filter((other) => other.place !== place).map((other) => listed(store, entryOf(other, error))),
  }
}

const sidesOf = ({ chosenId, rejectedId }: { chosenId: number; rejectedId: number }) => ({ chosenId, rejectedId })

function candidatesOf(store: Store, promptId: number, own: string, byHand: ReadonlyMap<number, RescoreRow>): ReviewCandidate[] {
  const rows = store.candidates.ofPrompt(promptId)
  const judgements = Map.groupBy(store.judgements.ofPrompt(promptId), ({ subjectId }) => subjectId)
  const rewards = new Map(judgedCandidates(rows, [...judgements.values()].flat()).map(({ id, reward }) => [id, reward]))
  return rows.map(({ id, sample, model, text, tokens, finishReason }) => ({
    ...{ id, sample, model: model ?? own, text, tokens, finishReason },
    judgements: (judgements.get(id) ?? []).map((judgement) => ({
      judge: judgement.judge,
      sample: judgement.sample,
      text: judgement.text,
      score: judgement.score,
      parts: partsOf(judgement.detail),
    })),
    judgeReward: rewards.get(id) ?? null,
    reward: byHand.get(id)?.reward ?? null,
    parts: byHand.get(id)?.parts ?? null,
  }))
}

function shownDecision(review: ReviewRow): ReviewDecision {
  const { id, decision, chosenText, rejectedText, reversed, reasons, comment, reviewer, seconds, blind, batchId, at } = review
  return { id, decision, chosenText, rejectedText, reversed, reasons, comment, reviewer, seconds, blind, batchId, at }
}
