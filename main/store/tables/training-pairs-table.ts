import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { pairReason } from '../../shared/enums.ts'
import { command, flag, query } from '../database/statement.ts'

const trainingPairRow = z.object({
  pairId: z.int(),
  row: z.int().nullable(), // null: excluded
  reversed: flag,
  reviewId: z.int().nullable(),
  because: pairReason,
})
type TrainingPairRow = z.output<typeof trainingPairRow>

/** The pairs that each preference training was started with. */
export function trainingPairsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO training_pairs (training_id, pair_id, row, reversed, review_id, because)
     VALUES (@trainingId, @pairId, @row, @reversed, @reviewId, @because)`,
  )
  const ofTraining = query(
    db,
    trainingPairRow,
    `SELECT pair_id AS pairId, row, reversed, review_id AS reviewId, because FROM training_pairs
     WHERE training_id = @trainingId ORDER BY row IS NULL, row, pair_id`,
  )
  return {
    add: (trainingId: number, pair: TrainingPairRow): void => void insert({ trainingId, ...pair, reversed: Number(pair.reversed) }),
    /** In the order of the training's rows; excluded pairs last. */
    ofTraining: (trainingId: number): TrainingPairRow[] => ofTraining.all({ trainingId }),
  }
}
