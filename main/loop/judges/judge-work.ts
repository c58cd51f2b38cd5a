import { fillJudgePrompt, loadJudgePrompt } from '../../evaluation/judge-prompt.ts'
import type { LeftOutRow, PromptInput } from '../../shared/engine-protocol.ts'
import { averagingMethods, type JudgeRecipe } from '../../shared/recipe.ts'
import type { Requirement } from '../../shared/requirement.ts'
import type { RewardRange } from '../../shared/reward-range.ts'
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
  /** Path of the model to compare it with, for a judge that does: the run's M0. */
  readonly reference?: string
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
export interface ExpectedAnswers {
  readonly texts: number
  readonly perPrompt: number // candidates of one prompt
  readonly readTokens: number // per answer: its text and its share of the prompt
  readonly usedShare: number // of the maximum length of a sampled text
  readonly requirements: number | null // that come with a prompt; null: with none
}

/** A method of judging. */
export interface Judge {
  /** Stores every missing judgement. */
  judge<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void>
  /** Judgements contain a justification, so that EFT examples can be made of them. */
  readonly justifies: boolean
  /** The lowest and the highest reward; null: any number. */
  range(judge: JudgeRecipe): RewardRange
  /** The score that a judgement's text says, for a judge that writes its judgements; null: it says none. */
  readText?(judge: JudgeRecipe, text: string): number | null
  /** Its prompt; null: it has none. */
  readonly prompt: PromptFile | null
  /** The requests that judge these answers. */
  requests(judge: JudgeRecipe, answers: ExpectedAnswers): readonly Writing[]
}

/** The prompt of a judge: its own file in resources/judges, unless the recipe names another. */
export interface PromptFile {
  readonly own: string
  /** Throws NOT_FOUND, or BAD_INPUT if a placeholder is missing. */
  readonly load: (nameOrPath: string) => string
}

export const templateOf = ({ own, load }: PromptFile, judge: Pick<JudgeRecipe, 'prompt'>): string => load(judge.prompt ?? own)

/** The paper's prompt, which ends with a score. */
export const scoringPrompt: PromptFile = { own: 'additive-5-point', load: loadJudgePrompt }

/** Formats the judge prompt for a response. */
export function judgePrompts(judge: JudgeRecipe, file: PromptFile): (row: JudgingRow) => PromptInput & { prompt: string } {
  const template = templateOf(file, judge)
  return ({ instruction, response }) => ({ prompt: fillJudgePrompt(template, instruction, response) })
}

/** Reports each row once, even if several of its requests don't fit the context. */
export function leftOutOnce(onLeftOut: (row: LeftOutRow) => void): (row: LeftOutRow) => void {
  const reported = new Set<number>()
  return (leftOut) => {
    if (reported.has(leftOut.row)) return
    reported.add(leftOut.row)
    onLeftOut(leftOut)
  }
}

/** For `together`: a prompt's candidates in one request. */
export const byInstruction = ({ instruction }: JudgingRow): string => instruction
