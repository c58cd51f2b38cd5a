import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { query } from '../database/statement.ts'
import type { Slice } from './stage-row-queries.ts'

const searchHit = z.object({
  kind: z.enum(['prompt', 'candidate', 'answer', 'arena']),
  id: z.int(), // of its row
  runId: z.string().nullable(),
  runName: z.string().nullable(),
  iteration: z.int().nullable(),
  model: z.string(),
  prompt: z.string(),
  response: z.string(),
})
export type SearchHit = z.output<typeof searchHit>

/** At most so many hits are counted: no user turns that many pages. */
export const mostCounted = 10_000

const runOf = `CASE response_search.rowid & 7
  WHEN 0 THEN (SELECT run_id FROM prompts WHERE id = response_search.rowid >> 3)
  WHEN 1 THEN (SELECT p.run_id FROM candidates c JOIN prompts p ON p.id = c.prompt_id WHERE c.id = response_search.rowid >> 3)
  WHEN 2 THEN (SELECT run_id FROM evaluation_units WHERE id = response_search.rowid >> 3) END`

/** Full-text search over prompts and responses. */
export function responseSearch(db: Database) {
  const document = z.object({ document: z.int() })
  const counted = z.object({ count: z.int() })
  /** The searches of all runs, evaluations, and the arena, or of one run. */
  const queriesIn = (place: 'everywhere' | 'run') => {
    const matching = `FROM response_search WHERE response_search MATCH @match${place === 'run' ? ` AND (${runOf}) = @runId` : ''}`
    const page = (order: string) =>
      query(db, document, `SELECT rowid AS document ${matching} ORDER BY ${order} LIMIT @limit OFFSET @offset`)
    return {
      best: page('rank'),
      newest: page('rowid DESC'),
      count: query(db, counted, `SELECT count(*) AS count FROM (SELECT 1 ${matching} LIMIT ${mostCounted})`),
    }
  }
  const [everywhere, inRun] = [queriesIn('everywhere'), queriesIn('run')]
  const details = [
    `SELECT 'prompt' AS kind, p.id, p.run_id AS runId, r.name AS runName, p.iteration, 'M' || p.iteration AS model, p.text AS prompt, '' AS response
     FROM prompts p JOIN runs r ON r.id = p.run_id WHERE p.id = @id`,
    `SELECT 'candidate' AS kind, p.id, p.run_id AS runId, r.name AS runName, p.iteration, coalesce(c.model, 'M' || p.iteration) AS model,
       p.text AS prompt, c.text AS response
     FROM candidates c JOIN prompts p ON p.id = c.prompt_id JOIN runs r ON r.id = p.run_id WHERE c.id = @id`,
    `SELECT 'answer' AS kind, u.id, u.run_id AS runId, r.name AS runName, NULL AS iteration, coalesce(iif(u.part ->> '$[1]' = 'own', e.model, iif(u.part ->> '$[1]' = 'other', e.against, NULL)), u.part ->> '$[1]') AS model,
       coalesce(u.value ->> '$.instruction', '') AS prompt, u.value ->> '$.text' AS response
     FROM evaluation_units u LEFT JOIN runs r ON r.id = u.run_id LEFT JOIN evaluations e ON e.id = u.evaluation_id WHERE u.id = @id`,
    ...(['a', 'b'] as const).map(
      (side) => `SELECT 'arena' AS kind, id, NULL AS runId, NULL AS runName, NULL AS iteration, label_${side} AS model, prompt,
        text_${side} AS response FROM arena_rounds WHERE id = @id`,
    ),
  ].map((sql) => query(db, searchHit, sql))
  const hitOf = ({ document: number }: z.output<typeof document>): SearchHit[] => {
    const hit = details[number % 8].get({ id: Math.floor(number / 8) })
    return hit === undefined ? [] : [hit]
  }
  const prompt = query(
    db,
    z.object({ text: z.string(), position: z.int().nullable(), reason: z.string().nullable() }),
    'SELECT text, position, reason FROM prompts WHERE id = @id',
  )
  return {
    /** The text of a prompt of an iteration, accepted or rejected. */
    promptText: (id: number): string | undefined => prompt.get({ id })?.text,
    promptPlace: (id: number): { position: number | null; reason: string | null } => prompt.get({ id }) ?? { position: null, reason: null },
    /**
     * Documents that match an FTS5 expression, the best first, and their number, at most `mostCounted`. Of more than that, the newest first:
     * ranking a hundred thousand takes a second, and says little. A candidate's `id` is its prompt's.
     */
    find(match: string, runId: string | null, { offset, limit }: Slice): { readonly total: number; readonly hits: SearchHit[] } {
      const { count, best, newest } = runId === null ? everywhere : inRun
      const total = count.get({ match, runId })?.count ?? 0
      const rows = (total < mostCounted ? best : newest).all({ match, runId, limit, offset })
      return { total, hits: rows.flatMap(hitOf) }
    },
    /** Prompts, evaluation answers, and arena rounds with exactly this prompt, newest first; at most `limit` of those that match the expression. */
    withPrompt: (prompt: string, match: string, limit: number): SearchHit[] =>
      everywhere.newest
        .all({ match, limit, offset: 0 })
        .flatMap(hitOf)
        .filter((hit) => hit.prompt === prompt),
  }
}
