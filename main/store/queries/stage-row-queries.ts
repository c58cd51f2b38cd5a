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
  /** SQL: the page of rows as `k`, found in indexes alone, so that nothing is read or computed for the rows before it. */
  const pageOf = (id: string, tables: string, order: string, where = ''): string =>
    `(SELECT ${id} AS id FROM ${tables} WHERE ${ofIteration} AND p.position IS NOT NULL${where} ORDER BY ${order} LIMIT @limit OFFSET @offset) k`
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
     FROM ${pageOf('c.id', 'prompts p JOIN candidates c ON c.prompt_id = p.id', 'p.position, c.sample')}
       CROSS JOIN candidates c ON c.id = k.id CROSS JOIN prompts p ON p.id = c.prompt_id ORDER BY p.position, c.sample`,
  )
  const judgementsIn = (page: string) =>
    query(
      db,
      judgementShown,
      `SELECT j.id, p.id AS promptId, j.judge, j.sample, p.position, c.sample AS candidateSample, p.text AS instruction, c.text AS response, j.text, j.score
     FROM ${page}
       CROSS JOIN judgements j ON j.id = k.id CROSS JOIN candidates c ON c.id = j.candidate_id CROSS JOIN prompts p ON p.id = c.prompt_id
     ORDER BY p.position, c.sample, j.sample`,
    )
  const judged = 'prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgements j ON j.candidate_id = c.id'
  const inOrder = 'p.position, c.sample, j.sample'
  const judgements = judgementsIn(pageOf('j.id', judged, inOrder))
  const unreadable = judgementsIn(pageOf('j.id', judged, inOrder, ' AND j.score IS NULL'))
  const pairs = query(
    db,
    pairShown.extend({ reasons: jsonColumn(reasoning.shape.reasons) }),
    `SELECT x.id, p.id AS promptId, p.position, p.text AS instruction, w.text AS chosen, iif(x.unrated, NULL, x.chosen_reward) AS chosenReward, l.text AS rejected,
       iif(x.unrated, NULL, x.rejected_reward) AS rejectedReward,
       nullif(v.decision, 'undo') AS decision, coalesce(v.reasons, '[]') AS reasons, coalesce(v.comment, '') AS comment
     FROM ${pageOf('x.id', "prompts p JOIN pairs x ON x.prompt_id = p.id AND x.made_by = 'judge'", 'p.position, x.place')}
       CROSS JOIN pairs x ON x.id = k.id CROSS JOIN prompts p ON p.id = x.prompt_id JOIN candidates w ON w.id = x.chosen_id
       JOIN candidates l ON l.id = x.rejected_id LEFT JOIN reviews v ON v.id = (SELECT max(id) FROM reviews WHERE pair_id = x.id)
     ORDER BY p.position, x.place`,
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
      (onlyUnreadable ? unreadable : judgements).all({ runId, iteration, ...slice }),
    pairs: (runId: string, iteration: number, slice: Slice): PairShown[] => pairs.all({ runId, iteration, ...slice }),
    /** Seed data of one kind. */
    examples: (runId: string, kind: ExampleKind, slice: Slice): ExampleShown[] => examples.all({ runId, kind, ...slice }),
  }
}
