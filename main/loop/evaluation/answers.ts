import type { FinishReason, GenerateItem, Sampling } from '../../shared/engine-protocol.ts'
import type { Figures } from '../../shared/evaluation-rows.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import { type Judged, type JudgingRow, samplesOf } from '../judges/judge-work.ts'
import { judgeAnswers } from '../judges/judges.ts'
import type { Checker, EngineWork } from '../run-context.ts'
import { generateMissing, type Units } from '../stage-work.ts'

/**
 * Where the units of one kind are stored: in the tables of a run (`units-of-run.ts`) or with a standalone evaluation (`suite-units.ts`). All
 * measurements are the same for both.
 */
export interface UnitStore<Row, Value, Stored> {
  readonly units: (rows: readonly Row[], samples: number) => Units<Row, Value>
  /** What is stored, by position and sample. */
  readonly stored: () => readonly Stored[]
}

/** An evaluation prompt. */
export interface PromptRow {
  readonly position: number
  readonly instruction: string
}

/** An answer; with the prompt that the model was given, where that is stored. */
export interface StoredAnswer {
  readonly position: number
  readonly instruction?: string
  readonly text: string
  readonly finishReason: FinishReason
}

export type AnswerStore = UnitStore<PromptRow, GenerateItem, StoredAnswer>

/** Generates one answer per prompt, in prompt order. Prompts that can't be answered are omitted. */
export async function answerPrompts(
  work: EngineWork,
  store: AnswerStore,
  { model, prompts, sampling }: { readonly model: string; readonly prompts: readonly string[]; readonly sampling: Sampling },
): Promise<readonly StoredAnswer[]> {
  const rows = prompts.map((instruction, position) => ({ position, instruction }))
  const input = ({ instruction }: PromptRow) => ({ prompt: instruction })
  await generateMissing(work, store.units(rows, 1), { model, sampling, input, read: (item) => item })
  return store.stored()
}

/** Has a program check a model's answers. */
export async function checkAnswers(work: EngineWork, store: AnswerStore, model: string, checker: Checker): Promise<Figures> {
  const { prompts, sampling } = checker
  const answers = await answerPrompts(work, store, { model, prompts, sampling })
  return checker.measure(
    answers.map(({ position, instruction = prompts[position], text, finishReason }) => ({ prompt: instruction, text, finishReason })),
  )
}

/** An answer to judge. */
export interface AnswerToJudge extends JudgingRow {
  readonly position: number
}

export type JudgementStore = UnitStore<AnswerToJudge, Judged, { readonly position: number; readonly score: number | null }>

/** Has a judge score answers. Returns the scores by the answers' positions, null where a score couldn't be parsed. */
export async function scoreAnswers(
  work: EngineWork,
  store: JudgementStore,
  { judge, model }: { readonly judge: JudgeRecipe; readonly model: string },
  answers: readonly AnswerToJudge[],
): Promise<(position: number) => (number | null)[]> {
  await judgeAnswers({ stage: work, judge, model, units: store.units(answers, samplesOf(judge)) })
  const judgements = Map.groupBy(store.stored(), ({ position }) => position)
  return (position) => (judgements.get(position) ?? []).map(({ score }) => score)
}
