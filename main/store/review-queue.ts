import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { bulkQuery, query } from './statement.ts'
import { decisions } from './words.ts'

/** In the order of the columns of `rows`. Ten thousand are read at once, so that flags stay 0 and 1. */
const bit = z.literal([0, 1])
const queueRow = z.object({
  promptId: z.int(),
  iteration: z.int(),
  position: z.int(),
  preview: z.string(), // the prompt's beginning
  /** The pair that the rewards as they stand make; null: none. */
  pairId: z.int().nullable(),
  madeBy: z.enum(['judge', 'person']).nullable(),
  /** The pair's rejected response has the larger reward since a person rescored. */
  reversed: bit,
  /** As they stand: by a person where there is one. Null: no pair, or neither judge nor person gave one. */
  chosenReward: z.number().nullable(),
  rejectedReward: z.number().nullable(),
  /** Of the difference of the two rewards, as far as judgements vary. */
  variance: z.number(),
  /** Newest decision on the pair that was not undone. */
  decision: z.enum(decisions).nullable(),
  decidedAt: z.string().nullable(),
  /** The newest review of the pair, undone or not: another one tells that something was done about it. */
  version: z.int().nullable(),
  rescored: bit, // any candidate of the prompt
  /** The judge's own rewards make a pair. */
  judged: bit,
  noted: bit,
})
export type QueueRow = z.output<typeof queueRow>

/** The newest reward by hand of a candidate; NULL where there is none or it was taken back. */
const byHand = (candidate: string): string => `(SELECT reward FROM rescores WHERE candidate_id = ${candidate} ORDER BY id DESC LIMIT 1)`

/**
 * One light row for each accepted prompt of the run whose pairs are made. The few prompts that a person rescored are known by `remade_pairs`; only
 * for them are rewards by hand looked up.
 */
const rows = `
  SELECT p.id AS promptId, p.iteration, p.position, substr(p.text, 1, 160) AS preview, x.id AS pairId, x.made_by AS madeBy, coalesce(k.reversed, 0) AS reversed,
    CASE WHEN k.prompt_id IS NULL THEN x.chosen_reward ELSE coalesce(${byHand('x.chosen_id')}, x.chosen_reward) END AS chosenReward,
    CASE WHEN k.prompt_id IS NULL THEN x.rejected_reward ELSE coalesce(${byHand('x.rejected_id')}, x.rejected_reward) END AS rejectedReward,
    CASE WHEN x.id IS NULL THEN 0 WHEN k.prompt_id IS NULL THEN x.chosen_variance + x.rejected_variance
      ELSE iif(${byHand('x.chosen_id')} IS NULL, x.chosen_variance, 0) + iif(${byHand('x.rejected_id')} IS NULL, x.rejected_variance, 0) END AS variance,
    nullif(v.decision, 'undo') AS decision, iif(v.decision = 'undo', NULL, v.at) AS decidedAt, v.id AS version,
    k.prompt_id IS NOT NULL AS rescored, j.id IS NOT NULL AS judged,
    coalesce((SELECT text <> '' FROM review_notes WHERE prompt_id = p.id ORDER BY id DESC LIMIT 1), 0) AS noted
  FROM prompts p
    LEFT JOIN remade_pairs k ON k.prompt_id = p.id
    LEFT JOIN pairs j ON j.prompt_id = p.id AND j.made_by = 'judge'
    LEFT JOIN pairs x ON x.id = CASE WHEN k.prompt_id IS NULL THEN j.id ELSE k.pair_id END
    LEFT JOIN reviews v ON v.id = (SELECT max(id) FROM reviews WHERE pair_id = x.id)
  WHERE p.run_id = @runId AND p.position IS NOT NULL
    AND EXISTS (SELECT 1 FROM stages s WHERE s.run_id = p.run_id AND s.iteration = p.iteration AND s.stage = 'pairs' AND s.finished_at IS NOT NULL)`

const matches = `(p.text LIKE @like ESCAPE '\\' OR EXISTS (SELECT 1 FROM candidates c WHERE c.id IN (x.chosen_id, x.rejected_id) AND c.text LIKE @like ESCAPE '\\'))`

/** A text for LIKE in which nothing is a wildcard. */
const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)

const marks = z.object({ review: z.int(), rescore: z.int(), note: z.int() })
/** The last thing known of what people did in review, of any run. */
export type ReviewMarks = z.output<typeof marks>

/** What there is to review in a run, and what changed in it. */
export function reviewQueue(db: Database) {
  const all = bulkQuery(db, queueRow, `${rows} ORDER BY p.iteration, p.position`)
  const matching = bulkQuery(db, queueRow, `${rows} AND ${matches} ORDER BY p.iteration, p.position`)
  const one = query(db, queueRow, `${rows} AND p.id = @promptId`)
  const counts = query(
    db,
    z.object({ prompts: z.int(), pairs: z.int(), reviewed: z.int() }),
    `SELECT count(*) AS prompts, count(pairId) AS pairs, coalesce(sum(pairId IS NOT NULL AND (decision IS NOT NULL OR rescored)), 0) AS reviewed FROM (${rows})`,
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
    /** In the order of their prompts. `search`: only where the prompt or one of the pair's responses holds this text, whatever the case. */
    ofRun: (runId: string, search = ''): QueueRow[] => (search === '' ? all({ runId }) : matching({ runId, like: `%${escaped(search)}%` })),
    find: (runId: string, promptId: number): QueueRow | undefined => one.get({ runId, promptId }),
    counts: (runId: string): { prompts: number; pairs: number; reviewed: number } => counts.get({ runId })!,
    marks: (): ReviewMarks => newest.get({})!,
    /** Prompts of the run about which something was done since. */
    changedSince: (runId: string, since: ReviewMarks): number[] => changed.all({ runId, ...since }).map(({ promptId }) => promptId),
  }
}
