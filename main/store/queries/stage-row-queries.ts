import type { Database } from 'better-sqlite3'
import type { ExampleKind } from '../../shared/enums.ts'
import { reasoning } from '../../shared/review-reasons.ts'
import {
  type CandidateShown,
  candidateShown,
  type ExampleShown,
  exampleShown,
  type JudgementShown,
  judgementShown,
  type PairShown,
  type PromptShown,
  pairShown,
  promptShown,
} from '../../shared/shown-rows.ts'
import { jsonColumn, query } from '../database/statement.ts'

/** The requested part of a list. */
export interface Slice {
  readonly offset: number
  readonly limit: number
}

/** What the stages of an iteration generated, a slice at a time. */
export function stageRowQueries(db: Database) {
  const ofIteration = 'p.run_id = @runId AND p.iteration = @iteration'
  const prompts = query(
    db,
    promptShown,
    `SELECT id, text, position, reason, similarity, similar_to AS similarTo FROM prompts p
     WHERE ${ofIteration} AND (@rejected IS NULL OR (position IS NULL) = @rejected) ORDER BY round, place LIMIT @limit OFFSET @offset`,
  )
  // A prompt has few candidates and an index on its position, so this reads a slice of prompts, not the whole iteration.
  const candidates = query(
    db,
    candidateShown,
    `SELECT c.id, p.id AS promptId, p.position, c.sample, coalesce(c.model, 'M' || p.iteration) AS model, p.text AS instruction, c.text, c.tokens,
       c.finish_reason AS finishReason,
       (SELECT avg(score) FROM judgements WHERE candidate_id = c.id) AS reward,
       (SELECT count(*) FROM judgements WHERE candidate_id = c.id) AS judgements,
       (SELECT count(*) FROM judgements WHERE candidate_id = c.id AND score IS NULL) AS unreadable,
       (SELECT count(*) FROM pairs WHERE chosen_id = c.id AND made_by = 'judge') AS chosen,
       (SELECT count(*) FROM pairs WHERE rejected_id = c.id AND made_by = 'judge') AS rejected
     FROM prompts p JOIN candidates c ON c.prompt_id = p.id
     WHERE ${ofIteration} AND p.position IS NOT NULL ORDER BY p.position, c.sample LIMIT @limit OFFSET @offset`,
  )
  const judgements = query(
    db,
    judgementShown,
    `SELECT j.id, p.id AS promptId, j.judge, j.sample, p.position, c.sample AS candidateSample, p.text AS instruction, c.text AS response, j.text, j.score
     FROM prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgements j ON j.candidate_id = c.id
     WHERE ${ofIteration} AND p.position IS NOT NULL AND (@unreadable = 0 OR j.score IS NULL)
     ORDER BY p.position, c.sample, j.sample LIMIT @limit OFFSET @offset`,
  )
  const pairs = query(
    db,
    pairShown.extend({ reasons: jsonColumn(reasoning.shape.reasons) }),
    `SELECT x.id, p.id AS promptId, p.position, p.text AS instruction, w.text AS chosen, iif(x.unrated, NULL, x.chosen_reward) AS chosenReward, l.text AS rejected,
       iif(x.unrated, NULL, x.rejected_reward) AS rejectedReward,
       nullif(v.decision, 'undo') AS decision, coalesce(v.reasons, '[]') AS reasons, coalesce(v.comment, '') AS comment
     FROM prompts p JOIN pairs x ON x.prompt_id = p.id JOIN candidates w ON w.id = x.chosen_id JOIN candidates l ON l.id = x.rejected_id
       LEFT JOIN reviews v ON v.id = (SELECT max(id) FROM reviews WHERE pair_id = x.id)
     WHERE ${ofIteration} AND p.position IS NOT NULL AND x.made_by = 'judge' ORDER BY p.position, x.place LIMIT @limit OFFSET @offset`,
  )
  const examples = query(
    db,
    exampleShown,
    `SELECT position, instruction, response, human_rank AS humanRank FROM examples
     WHERE run_id = @runId AND kind = @kind ORDER BY position LIMIT @limit OFFSET @offset`,
  )
  return {
    /** In the order of generation. `rejected`: only rejected or only accepted prompts; null: all. */
    prompts: (runId: string, iteration: number, rejected: boolean | null, slice: Slice): PromptShown[] =>
      prompts.all({ runId, iteration, rejected: rejected === null ? null : Number(rejected), ...slice }),
    candidates: (runId: string, iteration: number, slice: Slice): CandidateShown[] => candidates.all({ runId, iteration, ...slice }),
    judgements: (runId: string, iteration: number, onlyUnreadable: boolean, slice: Slice): JudgementShown[] =>
      judgements.all({ runId, iteration, unreadable: Number(onlyUnreadable), ...slice }),
    pairs: (runId: string, iteration: number, slice: Slice): PairShown[] => pairs.all({ runId, iteration, ...slice }),
    /** Seed data of one kind. */
    examples: (runId: string, kind: ExampleKind, slice: Slice): ExampleShown[] => examples.all({ runId, kind, ...slice }),
  }
}
