import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { decision, pairMaker } from '../../shared/enums.ts'
import { bulkQuery, query } from '../database/statement.ts'

/** Fields in the order of the columns of `rows`. Flags stay 0 and 1, since ten thousand rows are read in one query. */
const bit = z.literal([0, 1])
const queueRow = z.object({
  promptId: z.int(),
  iteration: z.int(),
  position: z.int(),
  preview: z.string(), // start of the prompt
  /** Its place among the prompt's pairs. */
  place: z.int(),
  /** A pair under the current rewards; null: the prompt has none. */
  pairId: z.int().nullable(),
  madeBy: pairMaker.nullable(),
  /** After a rescore, the pair's rejected response has the larger reward. */
  reversed: bit,
  /** Current reward: the user's if there is one, otherwise the judge's. Null: no pair, or neither gave one. */
  chosenReward: z.number().nullable(),
  rejectedReward: z.number().nullable(),
  /** Variance of the difference between the two rewards, estimated from the judgements. */
  variance: z.number(),
  /** Newest decision on the pair that wasn't undone. */
  decision: decision.nullable(),
  decidedAt: z.string().nullable(),
  /** The pair's newest review, undone or not; it changes with every review. */
  version: z.int().nullable(),
  rescored: bit, // any candidate of the prompt
  /** The judge's own rewards make a pair of the prompt. */
  judged: bit,
  noted: bit,
})
export type QueueRow = z.output<typeof queueRow>

/** A candidate's newest reward by hand; NULL if there is none or it was reset. */
const byHand = (candidate: string): string => `(SELECT reward FROM rescores WHERE candidate_id = ${candidate} ORDER BY id DESC LIMIT 1)`

/**
 * One light row per pair of the run, and one per accepted prompt without a pair, as far as pairs are built. Looks up rewards by hand only
 * for the few rescored prompts, which `remade_pairs` lists.
 */
const rows = `
  SELECT p.id AS promptId, p.iteration, p.position, substr(p.text, 1, 160) AS preview, coalesce(k.place, j.place, 0) AS place,
    x.id AS pairId, x.made_by AS madeBy, coalesce(k.reversed, 0) AS reversed,
    CASE WHEN x.unrated THEN NULL WHEN k.prompt_id IS NULL THEN x.chosen_reward ELSE coalesce(${byHand('x.chosen_id')}, x.chosen_reward) END AS chosenReward,
    CASE WHEN x.unrated THEN NULL WHEN k.prompt_id IS NULL THEN x.rejected_reward ELSE coalesce(${byHand('x.rejected_id')}, x.rejected_reward) END AS rejectedReward,
    CASE WHEN x.id IS NULL THEN 0 WHEN k.prompt_id IS NULL THEN x.chosen_variance + x.rejected_variance
      ELSE iif(${byHand('x.chosen_id')} IS NULL, x.chosen_variance, 0) + iif(${byHand('x.rejected_id')} IS NULL, x.rejected_variance, 0) END AS variance,
    nullif(v.decision, 'undo') AS decision, iif(v.decision = 'undo', NULL, v.at) AS decidedAt, v.id AS version,
    k.prompt_id IS NOT NULL AS rescored,
    j.id IS NOT NULL OR EXISTS (SELECT 1 FROM pairs WHERE prompt_id = p.id AND made_by = 'judge') AS judged,
    coalesce((SELECT text <> '' FROM review_notes WHERE prompt_id = p.id ORDER BY id DESC LIMIT 1), 0) AS noted
  FROM prompts p
    LEFT JOIN remade_pairs k ON k.prompt_id = p.id
    LEFT JOIN pairs j ON k.prompt_id IS NULL AND j.prompt_id = p.id AND j.made_by = 'judge'
    LEFT JOIN pairs x ON x.id = coalesce(j.id, k.pair_id)
    LEFT JOIN reviews v ON v.id = (SELECT max(id) FROM reviews WHERE pair_id = x.id)
  WHERE p.run_id = @runId AND p.position IS NOT NULL
    AND EXISTS (SELECT 1 FROM stages s WHERE s.run_id = p.run_id AND s.iteration = p.iteration AND s.stage = 'pairs' AND s.finished_at IS NOT NULL)`

const matches = `(p.text LIKE @like ESCAPE '\\' OR EXISTS (SELECT 1 FROM candidates c WHERE c.id IN (x.chosen_id, x.rejected_id) AND c.text LIKE @like ESCAPE '\\'))`

/** Escapes a text for LIKE, so that nothing in it is a wildcard. */
const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)

const marks = z.object({ review: z.int(), rescore: z.int(), note: z.int() })
/** The newest known review rows, over all runs. */
export type ReviewMarks = z.output<typeof marks>

/** What there is to review in a run, and what has changed. */
export function reviewQueue(db: Database) {
  const all = bulkQuery(db, queueRow, `${rows} ORDER BY p.iteration, p.position, place`)
  const matching = bulkQuery(db, queueRow, `${rows} AND ${matches} ORDER BY p.iteration, p.position, place`)
  const ofPrompt = query(db, queueRow, `${rows} AND p.id = @promptId ORDER BY place`)
  const counts = query(
    db,
    z.object({ prompts: z.int(), pairs: z.int(), reviewed: z.int() }),
    `SELECT count(DISTINCT promptId) AS prompts, count(pairId) AS pairs, coalesce(sum(pairId IS NOT NULL AND (decision IS NOT NULL OR rescored)), 0) AS reviewed FROM (${rows})`,
  )
  const newest = query(
    db,
    marks,
    `SELECT coalesce((SELECT max(id) FROM reviews), 0) AS review, coalesce((SELECT max(id) FROM rescores), 0) AS rescore,
       coalesce((SELECT max(id) FROM review_notes), 0) AS note`,
  )
  const changed = query(
    db,
    z.object({ promptId: z.int() }),
    `SELECT x.prompt_id AS promptId FROM reviews v JOIN pairs x ON x.id = v.pair_id JOIN prompts p ON p.id = x.prompt_id WHERE v.id > @review AND p.run_id = @runId
     UNION SELECT c.prompt_id FROM rescores s JOIN candidates c ON c.id = s.candidate_id JOIN prompts p ON p.id = c.prompt_id WHERE s.id > @rescore AND p.run_id = @runId
     UNION SELECT n.prompt_id FROM review_notes n JOIN prompts p ON p.id = n.prompt_id WHERE n.id > @note AND p.run_id = @runId`,
  )
  return {
    /**
     * In prompt order, and the rule's order within a prompt. `search`: only where the prompt or one of the pair's responses contains this
     * text, ignoring case.
     */
    ofRun: (runId: string, search = ''): QueueRow[] => (search === '' ? all({ runId }) : matching({ runId, like: `%${escaped(search)}%` })),
    /** A prompt's rows: at least one, unless its iteration has no pairs yet. */
    ofPrompt: (runId: string, promptId: number): QueueRow[] => ofPrompt.all({ runId, promptId }),
    counts: (runId: string): { prompts: number; pairs: number; reviewed: number } => counts.get({ runId })!,
    marks: (): ReviewMarks => newest.get({})!,
    /** Prompts of the run whose review has changed since. */
    changedSince: (runId: string, since: ReviewMarks): number[] => changed.all({ runId, ...since }).map(({ promptId }) => promptId),
  }
}
