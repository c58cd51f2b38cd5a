import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { command, query } from '../database/statement.ts'

const usageRow = z.object({
  engine: z.string(),
  model: z.string(),
  requests: z.int(),
  retries: z.int(),
  promptTokens: z.int(),
  newTokens: z.int(),
  sentBytes: z.int(),
  receivedBytes: z.int(),
  cost: z.number().nullable(),
  currency: z.string().nullable(),
})
export type EngineUsageRow = z.output<typeof usageRow>

/** Who asked: a run, an evaluation by hand, a chat, or the arena. */
export type UsageOwner = { readonly runId: string } | { readonly evaluationId: number } | { readonly chatId: number } | 'arena'

/** What each owner has asked of engines besides this machine, summed over all of its sessions. */
export function engineUsageTable(db: Database) {
  const statementsOf = (owner: 'run_id' | 'evaluation_id' | 'chat_id' | 'arena', isThere: string) => ({
    add: command(
      db,
      `INSERT INTO engine_usage (${owner}, engine, model, requests, retries, prompt_tokens, new_tokens, sent_bytes, received_bytes, cost, currency)
       SELECT @id, @engine, @model, @requests, @retries, @promptTokens, @newTokens, @sentBytes, @receivedBytes, @cost, @currency
       WHERE ${isThere}
       ON CONFLICT (${owner}, engine, model) WHERE ${owner} IS NOT NULL DO UPDATE SET requests = requests + excluded.requests,
         retries = retries + excluded.retries, prompt_tokens = prompt_tokens + excluded.prompt_tokens, new_tokens = new_tokens + excluded.new_tokens,
         sent_bytes = sent_bytes + excluded.sent_bytes, received_bytes = received_bytes + excluded.received_bytes,
         cost = CASE WHEN excluded.cost IS NULL THEN cost ELSE coalesce(cost, 0) + excluded.cost END,
         currency = coalesce(excluded.currency, currency)`,
    ),
    of: query(
      db,
      usageRow,
      `SELECT engine, model, requests, retries, prompt_tokens AS promptTokens, new_tokens AS newTokens, sent_bytes AS sentBytes,
         received_bytes AS receivedBytes, cost, currency FROM engine_usage WHERE ${owner} = @id ORDER BY engine, model`,
    ),
  })
  const isIn = (owners: string): string => `EXISTS (SELECT 1 FROM ${owners} WHERE id = @id)`
  const ofRuns = statementsOf('run_id', isIn('runs'))
  const ofEvaluations = statementsOf('evaluation_id', isIn('evaluations'))
  const ofChats = statementsOf('chat_id', isIn('chats'))
  const ofArena = statementsOf('arena', 'TRUE')
  function of(owner: UsageOwner): readonly [statements: typeof ofRuns, id: string | number] {
    if (owner === 'arena') return [ofArena, 1]
    if ('runId' in owner) return [ofRuns, owner.runId]
    return 'chatId' in owner ? [ofChats, owner.chatId] : [ofEvaluations, owner.evaluationId]
  }
  return {
    /** An owner that was deleted meanwhile has none. */
    add(owner: UsageOwner, usage: EngineUsageRow): void {
      const [statements, id] = of(owner)
      statements.add({ id, ...usage })
    },
    of(owner: UsageOwner): EngineUsageRow[] {
      const [statements, id] = of(owner)
      return statements.of.all({ id })
    },
  }
}
