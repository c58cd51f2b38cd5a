import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from './statement.ts'

const pairRow = z.object({
  id: z.int(),
  position: z.int(), // of its prompt
  instruction: z.string(),
  chosenId: z.int(),
  chosenText: z.string(),
  chosenReward: z.number(),
  rejectedId: z.int(),
  rejectedText: z.string(),
  rejectedReward: z.number(),
})
export type PairRow = z.output<typeof pairRow>

export interface NewPair {
  readonly promptId: number
  readonly chosenId: number
  readonly rejectedId: number
  readonly chosenReward: number
  readonly rejectedReward: number
}

/** Pairs as the recipe's rule made them. What a person decides about one stands in `reviews` and never changes it. */
export function pairsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO pairs (prompt_id, chosen_id, rejected_id, chosen_reward, rejected_reward)
     VALUES (@promptId, @chosenId, @rejectedId, @chosenReward, @rejectedReward) ON CONFLICT DO NOTHING`,
  )
  const ofIteration = query(
    db,
    pairRow,
    `SELECT x.id, p.position, p.text AS instruction, w.id AS chosenId, w.text AS chosenText, x.chosen_reward AS chosenReward,
       l.id AS rejectedId, l.text AS rejectedText, x.rejected_reward AS rejectedReward
     FROM pairs x JOIN prompts p ON p.id = x.prompt_id JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id
     WHERE p.run_id = @runId AND p.iteration = @iteration ORDER BY p.position`,
  )
  return {
    add: (pair: NewPair): void => void insert({ ...pair }),
    ofIteration: (runId: string, iteration: number): PairRow[] => ofIteration.all({ runId, iteration }),
  }
}
