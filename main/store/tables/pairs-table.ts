import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type PairMaker, pairMaker } from '../../shared/enums.ts'
import { command, flag, query } from '../database/statement.ts'

const anyPairRow = z.object({
  id: z.int(),
  promptId: z.int(),
  position: z.int(), // of its prompt
  instruction: z.string(),
  chosenId: z.int(),
  chosenText: z.string(),
  chosenReward: z.number().nullable(), // by the judge
  rejectedId: z.int(),
  rejectedText: z.string(),
  rejectedReward: z.number().nullable(),
  madeBy: pairMaker,
})
/** A pair from any source: one from a user's scores may contain a response that the judge couldn't score. */
export type AnyPairRow = z.output<typeof anyPairRow>

const pairRow = anyPairRow.extend({ chosenReward: z.number(), rejectedReward: z.number(), madeBy: z.literal('judge') })
export type PairRow = z.output<typeof pairRow>

const standingPairRow = anyPairRow.extend({ reversed: flag, dropped: flag })
/** A prompt's pair under the current rewards, including those set by users. */
export type StandingPairRow = z.output<typeof standingPairRow>

export interface NewPair {
  readonly promptId: number
  readonly chosenId: number
  readonly rejectedId: number
  readonly chosenReward: number | null
  readonly rejectedReward: number | null
  /** Variance of the judge's rewards, as means of judgements. */
  readonly chosenVariance?: number
  readonly rejectedVariance?: number
  readonly madeBy?: PairMaker
}

/** A prompt's pair after a user rescored its candidates. */
export interface RemadePair {
  /** Null: the current rewards make no pair. */
  readonly pairId: number | null
  /** The pair's rejected response now has the larger reward. */
  readonly reversed: boolean
}

const columns = `x.id, x.prompt_id AS promptId, p.position, p.text AS instruction, w.id AS chosenId, w.text AS chosenText, x.chosen_reward AS chosenReward,
  l.id AS rejectedId, l.text AS rejectedText, x.rejected_reward AS rejectedReward, x.made_by AS madeBy`
const joined = `pairs x JOIN prompts p ON p.id = x.prompt_id JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id`

/**
 * Pairs of candidates: the one from the judge's rewards, and those from rescores by users. Rows are immutable; decisions about them are in
 * `reviews`.
 */
export function pairsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO pairs (prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward, chosen_variance, rejected_variance, made_by)
     VALUES (@promptId, @chosenId, @rejectedId, @chosenReward, @rejectedReward, @chosenVariance, @rejectedVariance, @madeBy) ON CONFLICT DO NOTHING`,
  )
  const ofIteration = query(
    db,
    pairRow,
    `SELECT ${columns} FROM ${joined} WHERE p.run_id = @runId AND p.iteration = @iteration AND x.made_by = 'judge' ORDER BY p.position`,
  )
  const any = query(
    db,
    anyPairRow,
    `SELECT ${columns} FROM ${joined} WHERE p.run_id = @runId AND p.iteration = @iteration ORDER BY p.position, x.id`,
  )
  const standing = query(
    db,
    standingPairRow,
    `SELECT ${columns}, coalesce(k.reversed, 0) AS reversed, k.prompt_id IS NOT NULL AND k.pair_id IS NULL AS dropped
     FROM ${joined} LEFT JOIN remade_pairs k ON k.prompt_id = x.prompt_id
     WHERE p.run_id = @runId AND p.iteration = @iteration AND (x.id = k.pair_id OR (k.pair_id IS NULL AND x.made_by = 'judge')) ORDER BY p.position`,
  )
  const ofPrompt = query(db, anyPairRow, `SELECT ${columns} FROM ${joined} WHERE x.prompt_id = @promptId ORDER BY x.id`)
  const one = query(db, anyPairRow, `SELECT ${columns} FROM ${joined} WHERE x.id = @id`)
  const remake = command(
    db,
    `INSERT INTO remade_pairs (prompt_id, pair_id, reversed) VALUES (@promptId, @pairId, @reversed)
     ON CONFLICT DO UPDATE SET pair_id = excluded.pair_id, reversed = excluded.reversed`,
  )
  const restore = command(db, 'DELETE FROM remade_pairs WHERE prompt_id = @promptId')
  return {
    add: (pair: NewPair): void => void insert({ chosenVariance: 0, rejectedVariance: 0, madeBy: 'judge', ...pair }),
    /** Pairs from the judge's rewards. */
    ofIteration: (runId: string, iteration: number): PairRow[] => ofIteration.all({ runId, iteration }),
    /** Pairs including those from users' scores. */
    any: (runId: string, iteration: number): AnyPairRow[] => any.all({ runId, iteration }),
    /**
     * Each prompt's pair under the current rewards: the judge's, or the one from users' scores. `reversed`: its rejected response now has
     * the larger reward; `dropped`: it is the judge's, and users' scores leave the prompt without a pair.
     */
    standing: (runId: string, iteration: number): StandingPairRow[] => standing.all({ runId, iteration }),
    /** All pairs that the prompt has had. */
    ofPrompt: (promptId: number): AnyPairRow[] => ofPrompt.all({ promptId }),
    find: (id: number): AnyPairRow | undefined => one.get({ id }),
    /** Sets a prompt's pair after a rescore; undefined: no rescores are left, so the judge's pair applies again. */
    remake(promptId: number, remade: RemadePair | undefined): void {
      if (remade === undefined) restore({ promptId })
      else remake({ promptId, pairId: remade.pairId, reversed: Number(remade.reversed) })
    },
  }
}
