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

/** What each run has asked of engines besides this machine, summed over all of its sessions. */
export function engineUsageTable(db: Database) {
  const add = command(
    db,
    `INSERT INTO engine_usage (run_id, engine, model, requests, retries, prompt_tokens, new_tokens, sent_bytes, received_bytes, cost, currency)
     VALUES (@runId, @engine, @model, @requests, @retries, @promptTokens, @newTokens, @sentBytes, @receivedBytes, @cost, @currency)
     ON CONFLICT (run_id, engine, model) DO UPDATE SET requests = requests + excluded.requests, retries = retries + excluded.retries,
       prompt_tokens = prompt_tokens + excluded.prompt_tokens, new_tokens = new_tokens + excluded.new_tokens,
       sent_bytes = sent_bytes + excluded.sent_bytes, received_bytes = received_bytes + excluded.received_bytes,
       cost = CASE WHEN excluded.cost IS NULL THEN cost ELSE coalesce(cost, 0) + excluded.cost END,
       currency = coalesce(excluded.currency, currency)`,
  )
  const ofRun = query(
    db,
    usageRow,
    `SELECT engine, model, requests, retries, prompt_tokens AS promptTokens, new_tokens AS newTokens, sent_bytes AS sentBytes,
       received_bytes AS receivedBytes, cost, currency FROM engine_usage WHERE run_id = @runId ORDER BY engine, model`,
  )
  return {
    add: (runId: string, usage: EngineUsageRow): void => void add({ runId, ...usage }),
    ofRun: (runId: string): EngineUsageRow[] => ofRun.all({ runId }),
  }
}
