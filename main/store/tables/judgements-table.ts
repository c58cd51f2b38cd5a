import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { everything, inSpan, type Span } from '../database/span.ts'
import { bulkQuery, command, jsonColumn, query } from '../database/statement.ts'

/** What a judgement is about: a candidate, or a human-ranked answer to make EFT examples of. */
type Subject = { readonly candidateId: number } | { readonly exampleId: number }

const judgementRow = z.object({
  subjectId: z.int(),
  sample: z.int(),
  text: z.string(),
  score: z.number().nullable(),
  detail: jsonColumn(z.unknown()).nullable(),
})
export type JudgementRow = z.output<typeof judgementRow>

export interface NewJudgement {
  /** The judge model: its name in the run, or a path. */
  readonly judge: string
  readonly sample: number
  readonly text: string
  /** Null: unreadable. A failure to parse is never replaced by a number. */
  readonly score: number | null
  readonly detail?: unknown
}

const joined = 'prompts p JOIN candidates c ON c.prompt_id = p.id JOIN judgements j ON j.candidate_id = c.id'

/** Judgements that data is made of: one row each time a model judged a response, with its full text. Those of evaluations are units. */
export function judgementsTable(db: Database) {
  const insert = command(
    db,
    `INSERT INTO judgements (candidate_id, example_id, judge, sample, text, score, detail)
     VALUES (@candidateId, @exampleId, @judge, @sample, @text, @score, @detail) ON CONFLICT DO NOTHING`,
  )
  const ofCandidates = query(
    db,
    judgementRow,
    `SELECT j.candidate_id AS subjectId, j.sample, j.text, j.score, j.detail FROM ${joined} WHERE ${inSpan}
     ORDER BY p.position, c.sample, j.sample`,
  )
  const scores = bulkQuery(
    db,
    judgementRow.pick({ subjectId: true, sample: true, score: true }),
    `SELECT j.candidate_id AS subjectId, j.sample, j.score FROM ${joined} WHERE ${inSpan} ORDER BY p.position, c.sample, j.sample`,
  )
  const comparing = query(
    db,
    judgementRow.pick({ detail: true }),
    `SELECT j.detail FROM ${joined} WHERE ${inSpan} AND instr(j.detail, '"comparisons"') > 0`,
  )
  const numbered = query(
    db,
    z.object({ count: z.int() }),
    `SELECT count(*) AS count FROM ${joined} WHERE p.run_id = @runId AND p.iteration = @iteration AND j.sample < @samples`,
  )
  const ofPrompt = query(
    db,
    judgementRow.extend({ judge: z.string() }),
    `SELECT j.candidate_id AS subjectId, j.judge, j.sample, j.text, j.score, j.detail FROM judgements j JOIN candidates c ON c.id = j.candidate_id
     WHERE c.prompt_id = @promptId ORDER BY c.sample, j.sample`,
  )
  const ofExamples = query(
    db,
    judgementRow,
    `SELECT j.example_id AS subjectId, j.sample, j.text, j.score, j.detail FROM judgements j JOIN examples e ON e.id = j.example_id
     WHERE e.run_id = @runId AND e.kind = @kind AND j.judge = @judge ORDER BY e.position, j.sample`,
  )
  return {
    add(subject: Subject, judgement: NewJudgement): void {
      insert({
        candidateId: 'candidateId' in subject ? subject.candidateId : null,
        exampleId: 'exampleId' in subject ? subject.exampleId : null,
        judge: judgement.judge,
        sample: judgement.sample,
        text: judgement.text,
        score: judgement.score,
        detail: judgement.detail === undefined ? null : JSON.stringify(judgement.detail),
      })
    },
    ofCandidates: (runId: string, iteration: number, span = everything): JudgementRow[] => ofCandidates.all({ runId, iteration, ...span }),
    /** The judgements of candidates without their texts, in the same order. */
    scores: (runId: string, iteration: number, span: Span) => scores({ runId, iteration, ...span }),
    /** The details of judgements by comparison. */
    comparing: (runId: string, iteration: number, span: Span): unknown[] =>
      comparing.all({ runId, iteration, ...span }).map(({ detail }) => detail),
    /** How many judgements of candidates have numbers below `samples`. */
    count: (runId: string, iteration: number, samples: number): number => numbered.get({ runId, iteration, samples })!.count,
    /** Judgements of one prompt's candidates. */
    ofPrompt: (promptId: number): (JudgementRow & { judge: string })[] => ofPrompt.all({ promptId }),
    ofExamples: (runId: string, kind: string, judge: string): JudgementRow[] => ofExamples.all({ runId, kind, judge }),
  }
}
