import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type PartsByHand, partsByHand } from '../../shared/judged-parts.ts'
import { command, jsonColumn, query } from '../database/statement.ts'
import { versions } from './versions.ts'

const rescoreRow = z.object({
  id: z.int(),
  promptId: z.int(),
  candidateId: z.int(),
  reward: z.number().nullable(),
  /** The decisions on the judgement's parts that the reward follows from; null: it was set as a whole. */
  parts: jsonColumn(partsByHand).nullable(),
  reviewer: z.string(),
  /** The action that wrote it; null: written before actions were stored, and superseded since. */
  actId: z.int().nullable(),
  at: z.string(),
})
export type RescoreRow = z.output<typeof rescoreRow>

const columns = 's.id, c.prompt_id AS promptId, s.candidate_id AS candidateId, s.reward, s.parts, s.reviewer, s.act_id AS actId, s.at'

/** Rewards set by users. Append-only: a candidate's newest row counts; one without a reward restores the judge's. */
export function rescoresTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO rescores (candidate_id, reward, parts, reviewer, act_id, at) VALUES (@candidateId, @reward, @parts, @reviewer, @actId, @at)`,
  )
  const newestOfIteration = query(
    db,
    rescoreRow,
    `SELECT ${columns} FROM rescores s JOIN candidates c ON c.id = s.candidate_id JOIN prompts p ON p.id = c.prompt_id
     WHERE p.run_id = @runId AND p.iteration = @iteration AND s.id = (SELECT max(id) FROM rescores WHERE candidate_id = s.candidate_id)`,
  )
  const ofIteration = query(
    db,
    rescoreRow,
    `SELECT ${columns} FROM rescores s JOIN candidates c ON c.id = s.candidate_id JOIN prompts p ON p.id = c.prompt_id
     WHERE p.run_id = @runId AND p.iteration = @iteration ORDER BY s.id`,
  )
  const ofPrompt = query(
    db,
    rescoreRow,
    `SELECT ${columns} FROM rescores s JOIN candidates c ON c.id = s.candidate_id WHERE c.prompt_id = @promptId ORDER BY s.id`,
  )
  return {
    add(candidateId: number, reward: number | null, reviewer = '', actId: number | null = null, parts: PartsByHand | null = null): void {
      insert({ candidateId, reward, parts: parts && JSON.stringify(parts), reviewer, actId, at: new Date().toISOString() })
    },
    /** The current reward of each rescored candidate in the iteration. */
    newest(runId: string, iteration: number): Map<number, number> {
      const rows = newestOfIteration.all({ runId, iteration })
      return new Map(rows.flatMap(({ candidateId, reward }) => (reward === null ? [] : [[candidateId, reward]])))
    },
    /** All rescores in the iteration, oldest first. */
    ofIteration: (runId: string, iteration: number): RescoreRow[] => ofIteration.all({ runId, iteration }),
    /** All rescores of a prompt's candidates, oldest first. */
    ofPrompt: (promptId: number): RescoreRow[] => ofPrompt.all({ promptId }),
    versions: versions(db, {
      table: 'rescores',
      subject: 'candidate_id',
      isNothing: (row) => `${row}.reward IS NULL`,
      columns: { reward: 'NULL', parts: 'NULL', reviewer: '@reviewer' },
    }),
  }
}

/** The row that counts for each rescored candidate, from its rows, oldest first. */
export function standingRescores(rows: readonly RescoreRow[]): Map<number, RescoreRow & { readonly reward: number }> {
  const standing = new Map<number, RescoreRow & { readonly reward: number }>()
  for (const row of rows) {
    const { candidateId, reward } = row
    if (reward === null) standing.delete(candidateId)
    else standing.set(candidateId, { ...row, reward })
  }
  return standing
}
