import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { everything, inSpan, type Span } from '../database/span.ts'
import { bulkQuery, command, query } from '../database/statement.ts'
import type { NewJudgement } from './judgements-table.ts'

/**
 * What a second judgement is for. `consistency`: the model of the iteration before judges, to see whether it ranks the candidates alike.
 * `agreement`: the implicit reward, to see whether it prefers the same responses. `meta`: further judgements to compare with those that set
 * the reward; their numbers continue.
 */
export type SecondPurpose = 'consistency' | 'agreement' | 'meta'

const secondJudgementRow = z.object({
  subjectId: z.int(),
  promptId: z.int(),
  sample: z.int(),
  text: z.string(),
  score: z.number().nullable(),
})
type SecondJudgementRow = z.output<typeof secondJudgementRow>

const joined = 'prompts p JOIN candidates c ON c.prompt_id = p.id JOIN second_judgements s ON s.candidate_id = c.id'

/** Judgements of candidates that set no reward. */
export function secondJudgementsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO second_judgements (candidate_id, purpose, judge, sample, text, score, detail)
     VALUES (@candidateId, @purpose, @judge, @sample, @text, @score, @detail) ON CONFLICT DO NOTHING`,
  )
  const ofIteration = query(
    db,
    secondJudgementRow,
    `SELECT s.candidate_id AS subjectId, c.prompt_id AS promptId, s.sample, s.text, s.score
     FROM ${joined} WHERE ${inSpan} AND s.purpose = @purpose ORDER BY p.position, c.sample, s.sample`,
  )
  const scores = bulkQuery(
    db,
    secondJudgementRow.pick({ subjectId: true, promptId: true, sample: true, score: true }),
    `SELECT s.candidate_id AS subjectId, c.prompt_id AS promptId, s.sample, s.score
     FROM ${joined} WHERE ${inSpan} AND s.purpose = @purpose ORDER BY p.position, c.sample, s.sample`,
  )
  const numbered = query(
    db,
    z.object({ count: z.int() }),
    `SELECT count(*) AS count FROM ${joined}
     WHERE p.run_id = @runId AND p.iteration = @iteration AND s.purpose = @purpose AND s.sample < @samples`,
  )
  const ofPrompt = query(
    db,
    secondJudgementRow,
    `SELECT s.candidate_id AS subjectId, c.prompt_id AS promptId, s.sample, s.text, s.score
     FROM candidates c JOIN second_judgements s ON s.candidate_id = c.id
     WHERE c.prompt_id = @promptId AND s.purpose = @purpose ORDER BY c.sample, s.sample`,
  )
  return {
    add(candidateId: number, purpose: SecondPurpose, { detail, ...judgement }: NewJudgement): void {
      insert({ candidateId, purpose, ...judgement, detail: detail === undefined ? null : JSON.stringify(detail) })
    },
    /** In the order of the candidates. */
    ofIteration: (runId: string, iteration: number, purpose: SecondPurpose, span = everything): SecondJudgementRow[] =>
      ofIteration.all({ runId, iteration, purpose, ...span }),
    /** The same without their texts. */
    scores: (runId: string, iteration: number, purpose: SecondPurpose, span: Span) => scores({ runId, iteration, purpose, ...span }),
    /** How many have numbers below `samples`. */
    count: (runId: string, iteration: number, purpose: SecondPurpose, samples: number): number =>
      numbered.get({ runId, iteration, purpose, samples })!.count,
    ofPrompt: (promptId: number, purpose: SecondPurpose): SecondJudgementRow[] => ofPrompt.all({ promptId, purpose }),
  }
}
