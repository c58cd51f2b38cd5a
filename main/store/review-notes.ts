import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from './statement.ts'
import { versions } from './versions.ts'

const noteRow = z.object({ id: z.int(), text: z.string(), reviewer: z.string(), actId: z.int().nullable(), at: z.string() })
export type NoteRow = z.output<typeof noteRow>

/** A person's notes on a prompt and its pair. Append-only: the newest counts, an empty text takes it away. */
export function reviewNotesTable(db: Database) {
  const insert = command(
    db,
    'INSERT INTO review_notes (prompt_id, text, reviewer, act_id, at) VALUES (@promptId, @text, @reviewer, @actId, @at)',
  )
  const ofPrompt = query(
    db,
    noteRow,
    'SELECT id, text, reviewer, act_id AS actId, at FROM review_notes WHERE prompt_id = @promptId ORDER BY id',
  )
  return {
    add: (promptId: number, text: string, reviewer = '', actId: number | null = null): void =>
      void insert({ promptId, text, reviewer, actId, at: new Date().toISOString() }),
    /** All notes on a prompt, oldest first. */
    ofPrompt: (promptId: number): NoteRow[] => ofPrompt.all({ promptId }),
    versions: versions(db, {
      table: 'review_notes',
      subject: 'prompt_id',
      isNothing: (row) => `${row}.text = ''`,
      columns: { text: "''", reviewer: '@reviewer' },
    }),
  }
}
