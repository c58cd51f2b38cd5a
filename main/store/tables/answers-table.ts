import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { finishReason } from '../../shared/engine-protocol.ts'
import { command, query } from '../database/statement.ts'

const answerRow = z.object({
  id: z.int(),
  model: z.string(),
  purpose: z.string(),
  position: z.int(),
  instruction: z.string(),
  text: z.string(),
  tokens: z.int(),
  finishReason,
})
export type AnswerRow = z.output<typeof answerRow>

/** Answers: a model's responses for evaluation, never for training. */
export function answersTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO answers (run_id, model, purpose, position, instruction, text, tokens, finish_reason)
     VALUES (@runId, @model, @purpose, @position, @instruction, @text, @tokens, @finishReason) ON CONFLICT DO NOTHING`,
  )
  const select = query(
    db,
    answerRow,
    `SELECT id, model, purpose, position, instruction, text, tokens, finish_reason AS finishReason
     FROM answers WHERE run_id = @runId AND model = @model AND purpose = @purpose ORDER BY position`,
  )
  const between = query(
    db,
    answerRow,
    `SELECT id, model, purpose, position, instruction, text, tokens, finish_reason AS finishReason
     FROM answers WHERE run_id = @runId AND model = @model AND purpose = @purpose AND position >= @from AND position < @to ORDER BY position`,
  )
  return {
    add: (runId: string, answer: Omit<AnswerRow, 'id'>): void => void insert({ runId, ...answer }),
    of: (runId: string, model: string, purpose: string): AnswerRow[] => select.all({ runId, model, purpose }),
    /** Answers to the prompts at positions from `from` to before `to`. */
    between: (runId: string, model: string, purpose: string, from: number, to: number): AnswerRow[] =>
      between.all({ runId, model, purpose, from, to }),
  }
}
