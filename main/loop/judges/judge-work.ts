import { fillJudgePrompt, loadJudgePrompt } from '../../evaluation/judge-prompt.ts'
import type { PromptInput } from '../../shared/engine-protocol.ts'
import { averagingMethods, type JudgeRecipe } from '../../shared/recipe.ts'
import type { Requirement } from '../../shared/requirement.ts'
import type { EngineWork } from '../run-context.ts'
import type { Units } from '../stage-work.ts'

/** A response to judge. Responses to the same instruction are candidates of one prompt. */
export interface JudgingRow {
  readonly instruction: string
  readonly response: string
  /** The prompt's checklist; missing or empty: none was given. */
  readonly requirements?: readonly Requirement[]
}

/** A judgement: its full text, and the score, or null if none could be parsed. */
export interface Judged {
  readonly text: string
  readonly score: number | null
  readonly detail?: unknown
}

/** Answers for one judge. Each has as many units as it has judgements (see `samplesOf`). */
export interface JudgingWork<Row extends JudgingRow> {
  readonly stage: EngineWork
  readonly judge: JudgeRecipe
  /** Path of the judge model. */
  readonly model: string
  readonly units: Units<Row, Judged>
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
interface ExpectedAnswers {
  readonly texts: number
  readonly readTokens: number // per answer: its text and its share of the prompt
  readonly usedShare: number // of the maximum length of a sampled text
}

/** A method of judging. */
export interface Judge {
  /** Stores every missing judgement. */
  judge<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void>
  /** Judgements contain a justification, so that EFT examples can be made of them. */
  readonly justifies: boolean
  /** The requests that judge these answers. */
  requests(judge: JudgeRecipe, answers: ExpectedAnswers): readonly Writing[]
}

/** Formats the judge prompt for an answer. */
export function judgePrompts(judge: JudgeRecipe): (row: JudgingRow) => PromptInput & { prompt: string } {
  const template = loadJudgePrompt(judge.prompt)
  return ({ instruction, response }) => ({ prompt: fillJudgePrompt(template, instruction, response) })
}
