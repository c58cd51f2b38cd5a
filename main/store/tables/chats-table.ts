import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type ChatContent, chatContent } from '../../shared/contract/chats-contract.ts'
import { LaurelError } from '../../shared/errors.ts'
import { oneLine } from '../../shared/one-line.ts'
import { command, jsonColumn, query } from '../database/statement.ts'

const listing = z.object({
  id: z.int(),
  name: z.string(),
  title: z.string(),
  models: jsonColumn(z.array(z.string())),
  changedAt: z.string(),
})
const chatRow = listing.extend({ content: jsonColumn(chatContent) })
type Chat = z.output<typeof chatRow>

/** Longest title, characters. */
const titleLength = 120

/** The user's chats with models. */
export function chatsTable(db: Database) {
  const columns = 'id, name, title, models, changed_at AS changedAt'
  const all = query(db, listing, `SELECT ${columns} FROM chats ORDER BY changed_at DESC, id DESC`)
  const one = query(db, chatRow, `SELECT ${columns}, content FROM chats WHERE id = @id`)
  const insert = db.prepare<{ title: string; models: string; content: string; at: string }>(
    `INSERT INTO chats (name, title, models, content, created_at, changed_at) VALUES ('', @title, @models, @content, @at, @at)`,
  )
  const update = command(db, 'UPDATE chats SET title = @title, models = @models, content = @content, changed_at = @at WHERE id = @id')
  const rename = command(db, 'UPDATE chats SET name = @name WHERE id = @id')
  const remove = command(db, 'DELETE FROM chats WHERE id = @id')
  const gone = (id: number) => new LaurelError('NOT_FOUND', `There is no chat ${id}.`, 'It may have been deleted. Start a new chat.')
  return {
    /** The last one changed first, without their contents. */
    list: (): z.output<typeof listing>[] => all.all({}),
    /** Throws NOT_FOUND. */
    find(id: number): Chat {
      const found = one.get({ id })
      if (found === undefined) throw gone(id)
      return found
    },
    add: (content: ChatContent): number => Number(insert.run({ ...fieldsOf(content), at: new Date().toISOString() }).lastInsertRowid),
    /** Throws NOT_FOUND. */
    change(id: number, content: ChatContent): void {
      if (update({ id, ...fieldsOf(content), at: new Date().toISOString() }) === 0) throw gone(id)
    },
    /** Throws NOT_FOUND. */
    rename(id: number, name: string): void {
      if (rename({ id, name }) === 0) throw gone(id)
    },
    remove: (id: number): void => void remove({ id }),
  }
}

function fieldsOf(content: ChatContent) {
  const first = content.columns.flatMap(({ turns }) => turns).find(({ role }) => role === 'user')?.content ?? ''
  return {
    title: oneLine(first).slice(0, titleLength),
    models: JSON.stringify(content.columns.map(({ label }) => label)),
    content: JSON.stringify(content),
  }
}
