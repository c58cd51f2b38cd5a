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

const judgedSides = z.object({
  chosenReward: z.number(),
  rejectedReward: z.number(),
  chosenTokens: z.int(),
  rejectedTokens: z.int(),
  chosenLogprob: z.number(),
  rejectedLogprob: z.number(),
})

/** A response of a pair that trained. */
interface JudgedSide {
  readonly reward: number
  readonly tokens: number
  /** Summed, under the training's reference. */
  readonly logprob: number
}

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
  const asJudged = query(
    db,
    judgedSides,
    `SELECT x.chosen_reward AS chosenReward, x.rejected_reward AS rejectedReward, w.tokens AS chosenTokens, l.tokens AS rejectedTokens,
       r.chosen AS chosenLogprob, r.rejected AS rejectedLogprob
     FROM training_pairs t JOIN reference_logprobs r ON r.training_id = t.training_id AND r.row = t.row
       JOIN pairs x ON x.id = t.pair_id JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id
     WHERE t.training_id = @trainingId AND t.because = 'judge' AND x.unrated = 0 AND x.chosen_reward IS NOT NULL AND x.rejected_reward IS NOT NULL
       AND w.tokens > 0 AND l.tokens > 0
     ORDER BY t.row`,
  )
  return {
    add: (trainingId: number, pair: TrainingPairRow): void => void insert({ trainingId, ...pair, reversed: Number(pair.reversed) }),
    /** In the order of the training's rows; excluded pairs last. */
    ofTraining: (trainingId: number): TrainingPairRow[] => ofTraining.all({ trainingId }),
    /** The rows that trained as the judge rated them and whose reference log-probabilities are known, in the training's order. */
    *asJudged(trainingId: number): Generator<{ readonly chosen: JudgedSide; readonly rejected: JudgedSide }> {
      for (const row of asJudged.each({ trainingId })) {
        const { chosenReward, chosenTokens, chosenLogprob, rejectedReward, rejectedTokens, rejectedLogprob } = row
        yield {
          chosen: { reward: chosenReward, tokens: chosenTokens, logprob: chosenLogprob },
          rejected: { reward: rejectedReward, tokens: rejectedTokens, logprob: rejectedLogprob },
        }
      }
    },
  }
}
