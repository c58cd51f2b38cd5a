import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type FinishReason, finishReason } from '../../shared/engine-protocol.ts'
import { everything, inSpan, type Span } from '../database/span.ts'
import { bulkQuery, command, query } from '../database/statement.ts'

const candidateRow = z.object({
  id: z.int(),
  promptId: z.int(),
  position: z.int(), // of its prompt
  sample: z.int(),
  instruction: z.string(),
  text: z.string(),
  tokens: z.int(),
  finishReason,
  model: z.string().nullable(), // who wrote it; null: the iteration's own model
})
export type CandidateRow = z.output<typeof candidateRow>

interface NewCandidate {
  readonly promptId: number
  readonly sample: number
  readonly text: string
  readonly tokens: number
  readonly finishReason: FinishReason
  readonly seed: number
  /** Who wrote it; null: the iteration's own model. */
  readonly model?: string | null
}

const columns =
  'c.id, c.prompt_id AS promptId, p.position, c.sample, p.text AS instruction, c.text, c.tokens, c.finish_reason AS finishReason, c.model'

/** Candidates: the responses sampled for each prompt (y_n of the paper). */
export function candidatesTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO candidates (prompt_id, sample, text, tokens, finish_reason, seed, model)
     VALUES (@promptId, @sample, @text, @tokens, @finishReason, @seed, @model) ON CONFLICT DO NOTHING`,
  )
  const ofIteration = query(
    db,
    candidateRow,
    `SELECT ${columns} FROM prompts p JOIN candidates c ON c.prompt_id = p.id WHERE ${inSpan} ORDER BY p.position, c.sample`,
  )
  const keys = bulkQuery(
    db,
    candidateRow.pick({ promptId: true, sample: true }),
    `SELECT c.prompt_id AS promptId, c.sample FROM prompts p JOIN candidates c ON c.prompt_id = p.id WHERE ${inSpan}`,
  )
  const cut = bulkQuery(
    db,
    candidateRow.pick({ instruction: true, text: true }),
    `SELECT p.text AS instruction, c.text FROM prompts p JOIN candidates c ON c.prompt_id = p.id WHERE ${inSpan} AND c.finish_reason = 'length'`,
  )
  const numbered = query(
    db,
    z.object({ count: z.int() }),
    `SELECT count(*) AS count FROM prompts p JOIN candidates c ON c.prompt_id = p.id
     WHERE p.run_id = @runId AND p.iteration = @iteration AND c.sample >= @first AND c.sample < @first + @samples`,
  )
  const one = query(db, candidateRow, `SELECT ${columns} FROM candidates c JOIN prompts p ON p.id = c.prompt_id WHERE c.id = @id`)
  const ofPrompt = query(
    db,
    candidateRow,
    `SELECT ${columns} FROM candidates c JOIN prompts p ON p.id = c.prompt_id WHERE c.prompt_id = @promptId ORDER BY c.sample`,
  )
  const placeOf = query(
    db,
    z.object({ runId: z.string(), iteration: z.int(), promptId: z.int() }),
    `SELECT p.run_id AS runId, p.iteration, p.id AS promptId FROM candidates c JOIN prompts p ON p.id = c.prompt_id WHERE c.id = @id`,
  )
  return {
    add: (candidate: NewCandidate): void => void insert({ model: null, ...candidate }),
    /** In prompt order, then by sample number. */
    ofIteration: (runId: string, iteration: number, span = everything): CandidateRow[] => ofIteration.all({ runId, iteration, ...span }),
    /** Which ones there are. */
    keys: (runId: string, iteration: number, span: Span) => keys({ runId, iteration, ...span }),
    /** Those that the token limit cut off. */
    cut: (runId: string, iteration: number, span: Span) => cut({ runId, iteration, ...span }),
    /** How many have numbers from `first` to before `first + samples`. */
    count: (runId: string, iteration: number, first: number, samples: number): number =>
      numbered.get({ runId, iteration, first, samples })!.count,
    find: (id: number): CandidateRow | undefined => one.get({ id }),
    ofPrompt: (promptId: number): CandidateRow[] => ofPrompt.all({ promptId }),
    /** A candidate's run, iteration, and prompt. */
    placeOf: (id: number): { runId: string; iteration: number; promptId: number } | undefined => placeOf.get({ id }),
  }
}
