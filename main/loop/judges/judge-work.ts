import { averagingMethods, type JudgeRecipe } from '../../shared/recipe.ts'
import type { EngineWork } from '../run-context.ts'

/** An answer to judge. */
export interface JudgingRow {
  readonly instruction: string
  readonly response: string
  /** One seed per judgement. */
  readonly seeds: readonly number[]
  /** Sample numbers of the judgements still missing. */
  readonly missing: ReadonlySet<number>
}

/** A judgement: its full text, and the score, or null if none could be parsed. */
export interface Judged {
  readonly text: string
  readonly score: number | null
  readonly detail?: unknown
}

/** Answers for one judge. Every row has `samples` seeds (see `samplesOf`). */
export interface JudgingWork<Row extends JudgingRow> {
  readonly stage: EngineWork
  readonly judge: JudgeRecipe
  /** Path of the judge model. */
  readonly model: string
  readonly rows: readonly Row[]
  /** Called for each missing judgement as soon as it is known. */
  readonly keep: (row: Row, sample: number, judged: Judged) => void
  /** Called for each answer that can't be judged, for example because it doesn't fit the context together with the judge prompt. */
  readonly leaveOut: (row: Row, reason: string) => void
}

/** Judgements per answer. */
export const samplesOf = (judge: JudgeRecipe): number => (averagingMethods.includes(judge.method) ? judge.samples : 1)

/** Sequences of one request, for an estimate of its duration. */
export interface Writing {
  readonly texts: number
  readonly promptTokens: number // per sequence, without the shared prefix
  readonly newTokens: number // per sequence
}

/** Answers whose judging is estimated. */
export interface ExpectedAnswers {
  readonly texts: number
  readonly readTokens: number // per answer: its text and its share of the prompt
  readonly usedShare: number // of the maximum length of a sampled text
}

/** A method of judging. */
export interface Judge {
  /** Passes every missing judgement to `keep`. */
  judge<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> | void
  /** Judgements contain a justification, so that EFT examples can be made of them. */
  readonly justifies: boolean
  /** The requests that judge these answers. */
  requests(judge: JudgeRecipe, answers: ExpectedAnswers): readonly Writing[]
}
