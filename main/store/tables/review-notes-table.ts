import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from '../database/statement.ts'
import { versions } from './versions.ts'

const noteRow = z.object({
  id: z.int(),
  promptId: z.int(),
  text: z.string(),
  reviewer: z.string(),
  /** The action that wrote it; null: written before actions were stored, and superseded since. */
  actId: z.int().nullable(),
  at: z.string(),
})
type NoteRow = z.output<typeof noteRow>

const columns = 'n.id, n.prompt_id AS promptId, n.text, n.reviewer, n.act_id AS actId, n.at'

/** Users' notes on a prompt and its pair. Append-only: the newest counts; an empty text removes it. */
export function reviewNotesTable(db: Database) {
  const insert = command(
    db,
    'INSERT INTO review_notes (prompt_id, text, reviewer, act_id, at) VALUES (@promptId, @text, @reviewer, @actId, @at)',
  )
  const ofPrompt = query(db, noteRow, `SELECT ${columns} FROM review_notes n WHERE n.prompt_id = @promptId ORDER BY n.id`)
  const ofIteration = query(
    db,
    noteRow,
    `SELECT ${columns} FROM review_notes n JOIN prompts p ON p.id = n.prompt_id WHERE p.run_id = @runId AND p.iteration = @iteration ORDER BY n.id`,
  )
  return {
    add: (promptId: number, text: string, reviewer = '', actId: number | null = null): void =>
      void insert({ promptId, text, reviewer, actId, at: new Date().toISOString() }),
    /** All notes on a prompt, oldest first. */
    ofPrompt: (promptId: number): NoteRow[] => ofPrompt.all({ promptId }),
    /** All notes on prompts of the iteration, oldest first. */
    ofIteration: (runId: string, iteration: number): NoteRow[] => ofIteration.all({ runId, iteration }),
    /** The current note of each prompt in the iteration that has one. */
    newest(runId: string, iteration: number): Map<number, string> {
      const notes = new Map(ofIteration.all({ runId, iteration }).map(({ promptId, text }) => [promptId, text]))
      return new Map([...notes].filter(([, text]) => text !== ''))
    },
    versions: versions(db, {
      table: 'review_notes',
      subject: 'prompt_id',
      isNothing: (row) => `${row}.text = ''`,
      columns: { text: "''", reviewer: '@reviewer' },
    }),
  }
}
