import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type Message, message } from '../../shared/engine-protocol.ts'
import { type ExampleKind, exampleKind } from '../../shared/enums.ts'
import { evaluationSource } from '../../shared/evaluation-settings.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const exampleRow = z.object({
  id: z.int(),
  kind: exampleKind,
  position: z.int(),
  instruction: z.string(),
  conversation: jsonColumn(z.array(message)).nullable(),
  response: z.string().nullable(),
  promptNumber: z.int().nullable(),
  humanRank: z.number().nullable(),
  weights: jsonColumn(z.array(z.number())).nullable(),
})
export type ExampleRow = z.output<typeof exampleRow>

export interface NewExample {
  readonly kind: ExampleKind
  readonly position: number
  readonly instruction: string
  /** The messages before the response, if there is more than the instruction. */
  readonly conversation?: readonly Message[]
  readonly response?: string
  readonly promptNumber?: number
  readonly humanRank?: number
  readonly weights?: readonly number[]
}

/** Seed data as the run first read it, so that later changes to the file don't affect the run. */
export function examplesTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO examples (run_id, kind, position, instruction, conversation, response, prompt_number, human_rank, weights)
     VALUES (@runId, @kind, @position, @instruction, @conversation, @response, @promptNumber, @humanRank, @weights) ON CONFLICT DO NOTHING`,
  )
  const ofKind = query(
    db,
    exampleRow,
    `SELECT id, kind, position, instruction, conversation, response, prompt_number AS promptNumber, human_rank AS humanRank, weights
     FROM examples WHERE run_id = @runId AND kind = @kind ORDER BY position`,
  )
  const count = query(db, z.object({ count: z.int() }), 'SELECT count(*) AS count FROM examples WHERE run_id = @runId AND kind = @kind')
  const heldOut = query(
    db,
    z.object({ instruction: z.string() }),
    `SELECT DISTINCT instruction FROM examples WHERE kind IN ('held-out', 'ranked-held-out')`,
  )
  const countsOfRuns = query(
    db,
    evaluationSource,
    `SELECT r.id AS runId, r.name AS runName, count(iif(e.kind = 'held-out', 1, NULL)) AS heldOut, count(iif(e.kind = 'ranked-held-out', 1, NULL)) AS ranked,
       count(iif(e.kind = 'ift', 1, NULL)) AS instructions
     FROM runs r LEFT JOIN examples e ON e.run_id = r.id GROUP BY r.id ORDER BY r.created_at DESC, r.rowid DESC`,
  )
  return {
    add(runId: string, example: NewExample): void {
      const { response = null, promptNumber = null, humanRank = null, conversation, weights } = example
      insert({
        runId,
        kind: example.kind,
        position: example.position,
        instruction: example.instruction,
        conversation: conversation === undefined ? null : JSON.stringify(conversation),
        response,
        promptNumber,
        humanRank,
        weights: weights === undefined ? null : JSON.stringify(weights),
      })
    },
    ofKind: (runId: string, kind: ExampleKind): ExampleRow[] => ofKind.all({ runId, kind }),
    /** Prompts that all runs hold out to evaluate models or judges. */
    heldOut: (): string[] => heldOut.all({}).map(({ instruction }) => instruction),
    /** Numbers of held-out items and instructions of each run; newest run first. */
    countsOfRuns: () => countsOfRuns.all({}),
    count: (runId: string, kind: ExampleKind): number => count.get({ runId, kind })?.count ?? 0,
  }
}
