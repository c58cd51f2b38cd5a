import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { decision, pairMaker } from '../../shared/enums.ts'
import { bulkEach, query } from '../database/statement.ts'
import { isNewest } from '../tables/reviews-table.ts'

/** Fields in the order of the columns of `rows`, without texts. Flags stay 0 and 1, since a million rows may be read in one query. */
const bit = z.literal([0, 1])
const queueRow = z.object({
  promptId: z.int(),
  iteration: z.int(),
  position: z.int(),
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
  SELECT p.id AS promptId, p.iteration, p.position, coalesce(k.place, j.place, 0) AS place,
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

/** The same rows of an iteration whose prompts no user has reviewed: the judge's pairs as they are. Several times as fast. */
const judgesRows = `
  SELECT p.id AS promptId, p.iteration, p.position, coalesce(x.place, 0) AS place, x.id AS pairId, x.made_by AS madeBy, 0 AS reversed,
    iif(x.unrated, NULL, x.chosen_reward) AS chosenReward, iif(x.unrated, NULL, x.rejected_reward) AS rejectedReward,
    coalesce(x.chosen_variance + x.rejected_variance, 0) AS variance, NULL AS decision, NULL AS decidedAt, NULL AS version, 0 AS rescored,
    x.id IS NOT NULL AS judged, 0 AS noted
  FROM prompts p LEFT JOIN pairs x ON x.prompt_id = p.id AND x.made_by = 'judge'
  WHERE p.run_id = @runId AND p.iteration = @iteration AND p.position IS NOT NULL ORDER BY p.position, x.place`

const matches = `(p.text LIKE @like ESCAPE '\\' OR EXISTS (SELECT 1 FROM candidates c WHERE c.id IN (x.chosen_id, x.rejected_id) AND c.text LIKE @like ESCAPE '\\'))`

/** Escapes a text for LIKE, so that nothing in it is a wildcard. */
const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)

const marks = z.object({ review: z.int(), rescore: z.int(), note: z.int() })
/** The newest known review rows, over all runs. */
export type ReviewMarks = z.output<typeof marks>

/** Before every review. */
const beginning: ReviewMarks = { review: 0, rescore: 0, note: 0 }

/** What there is to review in a run, and what has changed. */
export function reviewQueue(db: Database) {
  const asJudged = bulkEach(db, queueRow, judgesRows)
  const iterations = query(
    db,
    z.object({ iteration: z.int() }),
    `SELECT iteration FROM stages WHERE run_id = @runId AND stage = 'pairs' AND finished_at IS NOT NULL ORDER BY iteration`,
  )
  const matching = bulkEach(db, queueRow, `${rows} AND ${matches} ORDER BY p.iteration, p.position, place`)
  const preview = query(db, z.object({ preview: z.string() }), 'SELECT substr(text, 1, 160) AS preview FROM prompts WHERE id = @promptId')
  const ofPrompt = query(db, queueRow, `${rows} AND p.id = @promptId ORDER BY place`)
  const judged = query(
    db,
    z.object({ runId: z.string(), prompts: z.int(), pairs: z.int() }),
    `SELECT n.run_id AS runId, sum(n.accepted) AS prompts, sum(n.pairs) AS pairs FROM iteration_counts n
       JOIN stages s ON s.run_id = n.run_id AND s.iteration = n.iteration AND s.stage = 'pairs' AND s.finished_at IS NOT NULL GROUP BY n.run_id`,
  )
  const decided = query(
    db,
    z.object({ runId: z.string(), pairs: z.int() }),
    `SELECT p.run_id AS runId, count(*) AS pairs FROM reviews v CROSS JOIN pairs x ON x.id = v.pair_id CROSS JOIN prompts p ON p.id = x.prompt_id
     WHERE ${isNewest('v')} AND v.decision <> 'undo' AND x.made_by = 'judge' AND NOT EXISTS (SELECT 1 FROM remade_pairs WHERE prompt_id = p.id)
     GROUP BY p.run_id`,
  )
  const rescored = query(
    db,
    z.object({ runId: z.string(), before: z.int(), now: z.int() }),
    `SELECT p.run_id AS runId, sum(k.before) AS before, sum(k.now) AS now FROM (
       SELECT prompt_id, count(pair_id) AS now, (SELECT count(*) FROM pairs x WHERE x.prompt_id = r.prompt_id AND x.made_by = 'judge') AS before
       FROM remade_pairs r GROUP BY prompt_id
     ) k CROSS JOIN prompts p ON p.id = k.prompt_id GROUP BY p.run_id`,
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
    // from the reviews on: a run may have a million prompts
    `SELECT x.prompt_id AS promptId FROM reviews v CROSS JOIN pairs x ON x.id = v.pair_id CROSS JOIN prompts p ON p.id = x.prompt_id
       WHERE v.id > @review AND p.run_id = @runId
     UNION SELECT c.prompt_id FROM rescores s CROSS JOIN candidates c ON c.id = s.candidate_id CROSS JOIN prompts p ON p.id = c.prompt_id
       WHERE s.id > @rescore AND p.run_id = @runId
     UNION SELECT n.prompt_id FROM review_notes n CROSS JOIN prompts p ON p.id = n.prompt_id WHERE n.id > @note AND p.run_id = @runId`,
  )
  const ofOne = (runId: string, promptId: number): QueueRow[] => ofPrompt.all({ runId, promptId })
  const reviewedOf = (runId: string): number[] => changed.all({ runId, ...beginning }).map(({ promptId }) => promptId)
  function* all(runId: string): Generator<QueueRow> {
    const reviewed = new Map(reviewedOf(runId).map((promptId) => [promptId, ofOne(runId, promptId)]))
    for (const { iteration } of iterations.all({ runId })) {
      let last = -1
      for (const row of asJudged({ runId, iteration })) {
        const known = reviewed.get(row.promptId)
        if (known === undefined) yield row
        else if (row.promptId !== last) yield* known
        last = row.promptId
      }
    }
  }
  return {
    /**
     * In prompt order, and the rule's order within a prompt, one after the other. `search`: only where the prompt or one of the pair's responses
     * contains this text, ignoring case.
     */
    ofRun: (runId: string, search = ''): Generator<QueueRow> =>
      search === '' ? all(runId) : matching({ runId, like: `%${escaped(search)}%` }),
    /** The start of a prompt. */
    preview: (promptId: number): string => preview.get({ promptId })?.preview ?? '',
    /** A prompt's rows: at least one, unless its iteration has no pairs yet. */
    ofPrompt: ofOne,
    /** Each run's prompts, pairs, and reviewed pairs, as far as pairs are built: the judge's, corrected by the few that users have reviewed. */
    countsOfRuns(): Map<string, { prompts: number; pairs: number; reviewed: number }> {
      const counts = new Map(judged.all({}).map(({ runId, ...row }) => [runId, { ...row, reviewed: 0 }]))
      const correct = (runId: string, pairs: number, reviewed: number): void => {
        const ofRun = counts.get(runId)
        if (ofRun !== undefined) counts.set(runId, { ...ofRun, pairs: ofRun.pairs + pairs, reviewed: ofRun.reviewed + reviewed })
      }
      for (const { runId, pairs } of decided.all({})) correct(runId, 0, pairs)
      for (const { runId, before, now } of rescored.all({})) correct(runId, now - before, now)
      return counts
    },
    marks: (): ReviewMarks => newest.get({})!,
    /** Prompts of the run that users have decided on, scored, or noted something about, whether or not they undid it. */
    reviewed: reviewedOf,
    /** Prompts of the run whose review has changed since. */
    changedSince: (runId: string, since: ReviewMarks): number[] => changed.all({ runId, ...since }).map(({ promptId }) => promptId),
  }
}
