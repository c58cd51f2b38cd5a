import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Requirement, requirement } from '../../shared/requirement.ts'
import { everything, inSpan, type Span } from '../database/span.ts'
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
const roundsRow = z.object({ rounds: z.int(), requests: z.int() })

/** A few megabytes of responses and judgements. */
export const promptsOfSpan = 256

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
    roundsRow,
    `SELECT count(*) AS rounds, coalesce(sum(requests), 0) AS requests FROM prompt_rounds WHERE run_id = @runId AND iteration = @iteration`,
  )
  const accepted = query(db, acceptedRow, `SELECT id, position, text, requirements FROM prompts p WHERE ${inSpan} ORDER BY position`)
  const lastPosition = query(
    db,
    z.object({ position: z.int() }),
    'SELECT coalesce(max(position), -1) AS position FROM prompts WHERE run_id = @runId AND iteration = @iteration',
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
    /** The number of rounds so far, and of their requests. */
    rounds: (runId: string, iteration: number): z.output<typeof roundsRow> => rounds.get({ runId, iteration })!,
    accepted: (runId: string, iteration: number, span = everything): AcceptedPrompt[] => accepted.all({ runId, iteration, ...span }),
    /** The iteration's accepted prompts in parts that are small enough to be in memory with all that is known of them. */
    *spans(runId: string, iteration: number): Generator<Span> {
      const last = lastPosition.get({ runId, iteration })!.position
      for (let from = 0; from <= last; from += promptsOfSpan) yield { from, to: from + promptsOfSpan }
    },
    /** An accepted prompt, by its id. */
    find: (id: number): { runId: string; iteration: number; position: number; text: string } | undefined => placeOf.get({ id }),
    /** All prompts generated in the iteration, including rejected ones. */
    ofIteration: (runId: string, iteration: number): PromptRow[] => ofIteration.all({ runId, iteration }),
    rejections: (runId: string, iteration: number): { reason: string; count: number }[] => reasons.all({ runId, iteration }),
  }
}
