import type { EngineWork } from '../context.ts'
import type { JudgeRecipe } from '../recipe.ts'

/** An answer to be judged. */
export interface JudgingRow {
  readonly instruction: string
  readonly response: string
  /** The seed of each judgement. */
  readonly seeds: readonly number[]
  /** Which judgements, by sample number, are still missing. */
  readonly lacking: ReadonlySet<number>
}

/** What a judge said: all its text, and the score in it, or null where none could be read. */
export interface Judged {
  readonly text: string
  readonly score: number | null
  readonly detail?: unknown
}

/** Answers for one judge to look at. Every row has `samples` seeds (see `samplesOf`). */
export interface JudgingWork<Row extends JudgingRow> {
  readonly stage: EngineWork
  readonly judge: JudgeRecipe
  /** Path of the judging model. */
  readonly model: string
  readonly rows: readonly Row[]
  /** Called for each missing judgement as soon as it is known. */
  readonly keep: (row: Row, sample: number, judged: Judged) => void
  /** Called for each answer that can't be judged: with the judge prompt it is longer than the context, say. */
  readonly leaveOut: (row: Row, reason: string) => void
}

/** How many judgements an answer gets: only the sampled method has something to average. */
export const samplesOf = (judge: JudgeRecipe): number => (judge.method === 'additive' ? judge.samples : 1)
