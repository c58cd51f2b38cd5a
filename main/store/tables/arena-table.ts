import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type ArenaVote, arenaVotes } from '../../shared/enums.ts'
import { LaurelError } from '../../shared/errors.ts'
import { noReasoning, ordered, type Reasoning, reasoning } from '../../shared/review-reasons.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const roundRow = z.object({
  id: z.int(),
  prompt: z.string(),
  source: z.string(),
  modelA: z.string(),
  modelB: z.string(),
  labelA: z.string(),
  labelB: z.string(),
  textA: z.string(),
  textB: z.string(),
  at: z.string(),
  vote: z.enum(arenaVotes).nullable(), // null: none, or withdrawn
  reasons: jsonColumn(reasoning.shape.reasons), // of the vote
  comment: z.string(),
  seconds: z.number(), // that the vote took
  isOpen: z.int().transform((value) => value === 1), // the user saw the models before this vote
})
export type ArenaRound = z.output<typeof roundRow>
type NewArenaRound = Omit<ArenaRound, 'id' | 'at' | 'vote' | 'reasons' | 'comment' | 'seconds' | 'isOpen'>

const rounds = `SELECT r.id, prompt, source, model_a AS modelA, model_b AS modelB, label_a AS labelA, label_b AS labelB, text_a AS textA, text_b AS textB, r.at,
    nullif(v.vote, 'undo') AS vote, coalesce(v.reasons, '[]') AS reasons, coalesce(v.comment, '') AS comment, coalesce(v.seconds, 0) AS seconds,
    EXISTS (SELECT 1 FROM arena_reveals s WHERE s.round_id = r.id) AS isOpen
  FROM arena_rounds r LEFT JOIN arena_votes v ON v.id = (SELECT max(id) FROM arena_votes WHERE round_id = r.id)`

/** The arena: pairs of answers that a user compared, mostly without knowing their models, and each vote. */
export function arenaTable(db: Database) {
  const insert = db.prepare<NewArenaRound & { at: string }>(
    `INSERT INTO arena_rounds (prompt, source, model_a, model_b, label_a, label_b, text_a, text_b, at)
     VALUES (@prompt, @source, @modelA, @modelB, @labelA, @labelB, @textA, @textB, @at)`,
  )
  const one = query(db, roundRow, `${rounds} WHERE r.id = @id`)
  const all = query(db, roundRow, `${rounds} ORDER BY r.id`)
  const insertVote = command(
    db,
    'INSERT INTO arena_votes (round_id, vote, reasons, comment, seconds, at) VALUES (@id, @vote, @reasons, @comment, @seconds, @at)',
  )
  const insertReveal = command(db, 'INSERT INTO arena_reveals (round_id, at) VALUES (@id, @at) ON CONFLICT DO NOTHING')
  const find = (id: number): ArenaRound => {
    const round = one.get({ id })
    if (round === undefined) throw new LaurelError('NOT_FOUND', `There is no arena round ${id}.`, 'Start another round.')
    return round
  }
  return {
    add: (round: NewArenaRound): number => Number(insert.run({ ...round, at: new Date().toISOString() }).lastInsertRowid),
    find,
    /** Marks a round as open: the user sees its models, and votes from now on aren't blind. */
    reveal: (id: number): void => void insertReveal({ id: find(id).id, at: new Date().toISOString() }),
    /** In the order of creation. */
    list: (): ArenaRound[] => all.all({}),
    /** Stores a vote, which replaces an earlier one with its reasons. */
    vote: (id: number, vote: ArenaVote | 'undo', seconds: number, { reasons, comment }: Reasoning = noReasoning): void =>
      void insertVote({
        ...{ id: find(id).id, vote, comment, seconds, at: new Date().toISOString() },
        reasons: JSON.stringify(ordered(reasons)),
      }),
  }
}
