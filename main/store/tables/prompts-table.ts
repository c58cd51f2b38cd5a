import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Requirement, requirement } from '../../shared/requirement.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const promptRow = z.object({
  id: z.int(),
  iteration: z.int(),
  round: z.int(),
  place: z.int(),
  text: z.string(),
  position: z.int().nullable(),
  reason: z.string().nullable(),
  similarity: z.number().nullable(),
  similarTo: z.string().nullable(),
  demonstrations: jsonColumn(z.array(z.string())),
  requirements: jsonColumn(z.array(requirement)),
})
export type PromptRow = z.output<typeof promptRow>

/** An accepted prompt, with its position in the iteration. */
export interface AcceptedPrompt {
  readonly id: number
  readonly position: number
  readonly text: string
  /** Its checklist; empty: none was given. */
  readonly requirements: readonly Requirement[]
}

const acceptedRow = z.object({ id: z.int(), position: z.int(), text: z.string(), requirements: jsonColumn(z.array(requirement)) })
const roundRow = z.object({ round: z.int(), requests: z.int(), accepted: z.int() })
type RoundRow = z.output<typeof roundRow>

/** Prompts that the model generated, accepted and rejected, and the rounds that generated them. */
export function promptsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO prompts (run_id, iteration, round, place, text, position, reason, similarity, similar_to, demonstrations, requirements)
     VALUES (@runId, @iteration, @round, @place, @text, @position, @reason, @similarity, @similarTo, @demonstrations, @requirements)
     ON CONFLICT DO NOTHING`,
  )
  const insertRound = command(
    db,
    'INSERT INTO prompt_rounds (run_id, iteration, round, requests) VALUES (@runId, @iteration, @round, @requests) ON CONFLICT DO NOTHING',
  )
  const rounds = query(
    db,
    roundRow,
    `SELECT round, requests,
       (SELECT count(position) FROM prompts p WHERE p.run_id = r.run_id AND p.iteration = r.iteration AND p.round = r.round) AS accepted
     FROM prompt_rounds r WHERE run_id = @runId AND iteration = @iteration ORDER BY round`,
  )
  const accepted = query(
    db,
    acceptedRow,
    `SELECT id, position, text, requirements FROM prompts
     WHERE run_id = @runId AND iteration = @iteration AND position IS NOT NULL ORDER BY position`,
  )
  const placeOf = query(
    db,
    z.object({ runId: z.string(), iteration: z.int(), position: z.int(), text: z.string() }),
    'SELECT run_id AS runId, iteration, position, text FROM prompts WHERE id = @id AND position IS NOT NULL',
  )
  const ofIteration = query(
    db,
    promptRow,
    `SELECT id, iteration, round, place, text, position, reason, similarity, similar_to AS similarTo, demonstrations, requirements
     FROM prompts WHERE run_id = @runId AND iteration = @iteration ORDER BY round, place`,
  )
  const reasons = query(
    db,
    z.object({ reason: z.string(), count: z.int() }),
    `SELECT reason, count(*) AS count FROM prompts WHERE run_id = @runId AND iteration = @iteration AND position IS NULL
     GROUP BY reason ORDER BY count DESC, reason`,
  )
  return {
    add: (runId: string, prompt: Omit<PromptRow, 'id'>): void =>
      void insert({
        runId,
        ...prompt,
        demonstrations: JSON.stringify(prompt.demonstrations),
        requirements: JSON.stringify(prompt.requirements),
      }),
    addRound: (runId: string, iteration: number, round: number, requests: number): void =>
      void insertRound({ runId, iteration, round, requests }),
    rounds: (runId: string, iteration: number): RoundRow[] => rounds.all({ runId, iteration }),
    accepted: (runId: string, iteration: number): AcceptedPrompt[] => accepted.all({ runId, iteration }),
    /** An accepted prompt, by its id. */
    find: (id: number): { runId: string; iteration: number; position: number; text: string } | undefined => placeOf.get({ id }),
    /** All prompts generated in the iteration, including rejected ones. */
    ofIteration: (runId: string, iteration: number): PromptRow[] => ofIteration.all({ runId, iteration }),
    rejections: (runId: string, iteration: number): { reason: string; count: number }[] => reasons.all({ runId, iteration }),
  }
}
