import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { decisions } from '../../shared/enums.ts'
import { query } from '../database/statement.ts'
import type { ExampleKind } from '../tables/examples-table.ts'

/** The requested part of a list. */
export interface Slice {
  readonly offset: number
  readonly limit: number
}

const writtenPrompt = z.object({
  id: z.int(),
  text: z.string(),
  position: z.int().nullable(),
  reason: z.string().nullable(),
  similarity: z.number().nullable(),
  similarTo: z.string().nullable(),
})
const ratedCandidate = z.object({
  id: z.int(),
  position: z.int(), // of its prompt
  sample: z.int(),
  instruction: z.string(),
  text: z.string(),
  tokens: z.int(),
  finishReason: z.enum(['stop', 'length']),
  reward: z.number().nullable(),
  judgements: z.int(),
  unreadable: z.int(),
  role: z.enum(['chosen', 'rejected']).nullable(),
})
const statedJudgement = z.object({
  id: z.int(),
  judge: z.string(),
  sample: z.int(),
  position: z.int(),
  candidateSample: z.int(),
  instruction: z.string(),
  response: z.string(),
  text: z.string(),
  score: z.number().nullable(),
})
const reviewedPair = z.object({
  id: z.int(),
  position: z.int(),
  instruction: z.string(),
  chosen: z.string(),
  chosenReward: z.number(),
  rejected: z.string(),
  rejectedReward: z.number(),
  decision: z.enum(decisions).nullable(),
})
const shownExample = z.object({
  position: z.int(),
  instruction: z.string(),
  response: z.string().nullable(),
  humanRank: z.number().nullable(),
})
export type WrittenPrompt = z.output<typeof writtenPrompt>
export type RatedCandidate = z.output<typeof ratedCandidate>
export type StatedJudgement = z.output<typeof statedJudgement>
export type ReviewedPair = z.output<typeof reviewedPair>
export type ShownExample = z.output<typeof shownExample>

/** What the stages of an iteration generated, a slice at a time. */
export function stageRowQueries(db: Database) {
  const ofIteration = 'p.run_id = @runId AND p.iteration = @iteration'
  const prompts = query(
    db,
    writtenPrompt,
    `SELECT id, text, position, reason, similarity, similar_to AS similarTo FROM prompts p
     WHERE ${ofIteration} AND (@rejected IS NULL OR (position IS NULL) = @rejected) ORDER BY round, place LIMIT @limit OFFSET @offset`,
  )
  // A prompt has few candidates and an index on its position, so this reads a slice of prompts, not the whole iteration.
  const candidates = query(
    db,
    ratedCandidate,
    `SELECT c.id, p.position, c.sample, p.text AS instruction, c.text, c.tokens, c.finish_reason AS finishReason,
       (SELECT avg(score) FROM judgements WHERE candidate_id = c.id) AS reward,
       (SELECT count(*) FROM judgements WHERE candidate_id = c.id) AS judgements,
       (SELECT count(*) FROM judgements WHERE candidate_id = c.id AND score IS NULL) AS unreadable,
       CASE c.id WHEN x.chosen_id THEN 'chosen' WHEN x.rejected_id THEN 'rejected' END AS role
     FROM prompts p JOIN candidates c ON c.prompt_id = p.id LEFT JOIN pairs x ON x.prompt_id = p.id AND x.made_by = 'judge'
     WHERE ${ofIteration} AND p.position IS NOT NULL ORDER BY p.position, c.sample LIMIT @limit OFFSET @offset`,
  )
  const judgements = query(
    db,
    statedJudgement,
    `SELECT j.id, j.judge, j.sample, p.position, c.sample AS candidateSample, p.text AS instruction, c.text AS response, j.text, j.score
     FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgements j ON j.candidate_id = c.id
     WHERE ${ofIteration} AND p.position IS NOT NULL AND (@unreadable = 0 OR j.score IS NULL)
     ORDER BY p.position, c.sample, j.sample LIMIT @limit OFFSET @offset`,
  )
  const pairs = query(
    db,
    reviewedPair,
    `SELECT x.id, p.position, p.text AS instruction, w.text AS chosen, x.chosen_reward AS chosenReward, l.text AS rejected,
       x.rejected_reward AS rejectedReward,
       (SELECT nullif(decision, 'undo') FROM reviews WHERE pair_id = x.id ORDER BY id DESC LIMIT 1) AS decision
     FROM prompts p JOIN pairs x ON x.prompt_id = p.id JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id
     WHERE ${ofIteration} AND p.position IS NOT NULL AND x.made_by = 'judge' ORDER BY p.position LIMIT @limit OFFSET @offset`,
  )
  const examples = query(
    db,
    shownExample,
    `SELECT position, instruction, response, human_rank AS humanRank FROM examples
     WHERE run_id = @runId AND kind = @kind ORDER BY position LIMIT @limit OFFSET @offset`,
  )
  return {
    /** In the order of generation. `rejected`: only rejected or only accepted prompts; null: all. */
    prompts: (runId: string, iteration: number, rejected: boolean | null, slice: Slice): WrittenPrompt[] =>
      prompts.all({ runId, iteration, rejected: rejected === null ? null : Number(rejected), ...slice }),
    candidates: (runId: string, iteration: number, slice: Slice): RatedCandidate[] => candidates.all({ runId, iteration, ...slice }),
    judgements: (runId: string, iteration: number, onlyUnreadable: boolean, slice: Slice): StatedJudgement[] =>
      judgements.all({ runId, iteration, unreadable: Number(onlyUnreadable), ...slice }),
    pairs: (runId: string, iteration: number, slice: Slice): ReviewedPair[] => pairs.all({ runId, iteration, ...slice }),
    /** Seed data of one kind. */
    examples: (runId: string, kind: ExampleKind, slice: Slice): ShownExample[] => examples.all({ runId, kind, ...slice }),
  }
}
