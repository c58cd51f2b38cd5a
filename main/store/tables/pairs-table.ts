import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type PairMaker, pairMaker } from '../../shared/enums.ts'
import { everything, inSpan } from '../database/span.ts'
import { command, flag, query } from '../database/statement.ts'

const anyPairRow = z.object({
  id: z.int(),
  promptId: z.int(),
  position: z.int(), // of its prompt
  instruction: z.string(),
  chosenId: z.int(),
  chosenText: z.string(),
  chosenReward: z.number().nullable(), // by the judge; null: it couldn't score it, or the run has no judge
  rejectedId: z.int(),
  rejectedText: z.string(),
  rejectedReward: z.number().nullable(),
  madeBy: pairMaker,
})
/** A pair from any source. */
export type AnyPairRow = z.output<typeof anyPairRow>

/** A pair that the recipe's rule made. */
const pairRow = anyPairRow.extend({ madeBy: z.literal('judge') })
export type PairRow = z.output<typeof pairRow>

const standingPairRow = anyPairRow.extend({ reversed: flag, dropped: flag })
/** A pair of a prompt under the current rewards, including those set by users. */
export type StandingPairRow = z.output<typeof standingPairRow>

export interface NewPair {
  readonly promptId: number
  readonly chosenId: number
  readonly rejectedId: number
  /** Rewards. Both null: no judge has rated the responses. */
  readonly chosenReward: number | null
  readonly rejectedReward: number | null
  /** Variance of the judge's rewards, as means of judgements. */
  readonly chosenVariance?: number
  readonly rejectedVariance?: number
  readonly madeBy?: PairMaker
  /** Its place among the pairs that the rule makes of the prompt (default 0). */
  readonly place?: number
}

/** A pair of a prompt after a user rescored its candidates. */
export interface RemadePair {
  readonly pairId: number
  /** The pair's rejected response now has the larger reward. */
  readonly reversed: boolean
}

const columns = `x.id, x.prompt_id AS promptId, p.position, p.text AS instruction, w.id AS chosenId, w.text AS chosenText, iif(x.unrated, NULL, x.chosen_reward) AS chosenReward,
  l.id AS rejectedId, l.text AS rejectedText, iif(x.unrated, NULL, x.rejected_reward) AS rejectedReward, x.made_by AS madeBy`
const joined = `pairs x JOIN prompts p ON p.id = x.prompt_id JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id`

/**
 * Pairs of candidates: those from the judge's rewards, and those from rescores by users. Rows are immutable; decisions about them are in
 * `reviews`.
 */
export function pairsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO pairs (prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by, place, unrated)
     VALUES (@promptId, @chosenId, @rejectedId, @chosenReward, @rejectedReward, @chosenVariance, @rejectedVariance, @madeBy, @place, @unrated) ON CONFLICT DO NOTHING`,
  )
  const ofIteration = query(
    db,
    pairRow,
    `SELECT ${columns} FROM ${joined} WHERE ${inSpan} AND x.made_by = 'judge' ORDER BY p.position, x.place`,
  )
  const standing = query(
    db,
    standingPairRow,
    `SELECT ${columns}, coalesce(k.reversed, 0) AS reversed, k.prompt_id IS NOT NULL AND k.pair_id IS NULL AS dropped
     FROM ${joined} LEFT JOIN remade_pairs k ON k.prompt_id = x.prompt_id AND (k.pair_id = x.id OR k.pair_id IS NULL)
     WHERE ${inSpan} AND (k.pair_id IS NOT NULL OR (x.made_by = 'judge' AND
       (k.prompt_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM remade_pairs WHERE prompt_id = x.prompt_id))))
     ORDER BY p.position, coalesce(k.place, x.place)`,
  )
  const ofPrompt = query(db, anyPairRow, `SELECT ${columns} FROM ${joined} WHERE x.prompt_id = @promptId ORDER BY x.id`)
  const one = query(db, anyPairRow, `SELECT ${columns} FROM ${joined} WHERE x.id = @id`)
  const remake = command(
    db,
    'INSERT INTO remade_pairs (prompt_id, place, pair_id, reversed) VALUES (@promptId, @place, @pairId, @reversed)',
  )
  const restore = command(db, 'DELETE FROM remade_pairs WHERE prompt_id = @promptId')
  return {
    add(pair: NewPair): void {
      const row = { chosenVariance: 0, rejectedVariance: 0, madeBy: 'judge', place: 0, unrated: 0, ...pair }
      const isUnrated = row.madeBy === 'judge' && pair.chosenReward === null && pair.rejectedReward === null
      insert(isUnrated ? { ...row, chosenReward: 1, rejectedReward: 0, unrated: 1 } : row)
    },
    /** Pairs by the recipe's rule: from the judge's rewards, or without a judge. */
    ofIteration: (runId: string, iteration: number, span = everything): PairRow[] => ofIteration.all({ runId, iteration, ...span }),
    /**
     * Each prompt's pairs under the current rewards, in the rule's order: the judge's, or those from users' scores. `reversed`: its
     * rejected response now has the larger reward; `dropped`: it is the judge's, and users' scores leave the prompt without a pair.
     */
    standing: (runId: string, iteration: number, span = everything): StandingPairRow[] => standing.all({ runId, iteration, ...span }),
    /** All pairs that the prompt has had. */
    ofPrompt: (promptId: number): AnyPairRow[] => ofPrompt.all({ promptId }),
    find: (id: number): AnyPairRow | undefined => one.get({ id }),
    /** Sets a prompt's pairs after a rescore; undefined: no rescores are left, so the judge's pairs apply again. */
    remake(promptId: number, remade: readonly RemadePair[] | undefined): void {
      restore({ promptId })
      if (remade?.length === 0) remake({ promptId, place: 0, pairId: null, reversed: 0 })
      for (const [place, { pairId, reversed }] of remade?.entries() ?? []) remake({ promptId, place, pairId, reversed: Number(reversed) })
    },
  }
}
