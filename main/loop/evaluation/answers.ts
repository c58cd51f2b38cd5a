import { z } from 'zod'
import { finishReason, type GenerateItem, type Sampling } from '../../shared/engine-protocol.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import { type Judged, type JudgingRow, samplesOf } from '../judges/judge-work.ts'
import { judgeAnswers } from '../judges/judges.ts'
import type { JudgingCost } from '../judges/judging-cost.ts'
import type { Checker } from '../run-context.ts'
import { excerpt } from '../stage-report.ts'
import { generateMissing } from '../stage-work.ts'
import { type EvaluationOwner, type EvaluationWork, type NamedModel, type UnitStore, unitStore } from './units.ts'

/** An evaluation prompt. */
interface PromptRow {
  readonly position: number
  readonly instruction: string
}

/** A stored answer. Older evaluations by hand didn't store the prompt and the length. */
const answerValue = z.object({ instruction: z.string().optional(), text: z.string(), tokens: z.int().optional(), finishReason })
type StoredAnswer = z.output<typeof answerValue> & { readonly position: number }

/** Prompts for a model. `purpose`: 'head-to-head' or a checker's name. */
export interface Questions {
  readonly purpose: string
  readonly model: NamedModel
  readonly prompts: readonly string[]
  readonly sampling: Sampling
  /** Progress label: 'greedy answers'. */
  readonly label?: string
}

/** Generates one answer per prompt, in prompt order. Prompts that can't be answered are omitted. */
export async function answerPrompts(
  work: EvaluationWork,
  { purpose, model: { name, path }, prompts, sampling, label = `${purpose} answers` }: Questions,
): Promise<readonly StoredAnswer[]> {
  const { seeds } = work.owner
  const answers: UnitStore<PromptRow, GenerateItem, z.output<typeof answerValue>> = unitStore(work.owner, {
    part: ['answers', name, purpose],
    schema: answerValue,
    toStored: ({ text, tokenIds, finishReason }, { instruction }) => ({ instruction, text, tokens: tokenIds.length, finishReason }),
    seed: (position) => seeds.answer(purpose, name, position),
    what: `${label} of ${name}`,
    noun: `${purpose} prompts`,
    nameOf: ({ position, instruction }) => `prompt ${position + 1} (${excerpt(instruction)})`,
  })
  const rows = prompts.map((instruction, position) => ({ position, instruction }))
  const input = ({ instruction }: PromptRow) => ({ prompt: instruction })
  await generateMissing(work, answers.units(rows, 1), { model: path, sampling, input, read: (item) => item })
  return answers.stored()
}

/** Has a program check a model's answers. If an earlier model is the same one, its answers are this one's too. */
export async function checkAnswers(work: EvaluationWork, model: NamedModel, checker: Checker): Promise<Figures> {
  const { name, label, prompts, sampling } = checker
  const { store, key, sameModel } = work.owner
  const same = sameModel(model)
  if (same !== undefined) store.evaluationUnits.copy(key, ['answers', same, name], ['answers', model.name, name])
  const answers = await answerPrompts(work, { purpose: name, model, prompts, sampling, label })
  return checker.measure(
    answers.map(({ position, instruction = prompts[position], text, finishReason }) => ({ prompt: instruction, text, finishReason })),
  )
}

/** An answer to judge. */
interface AnswerToJudge extends JudgingRow {
  readonly position: number
}

const judgementValue = z.object({ text: z.string(), score: z.number().nullable(), detail: z.unknown().optional() })
type JudgementStore = UnitStore<AnswerToJudge, Judged, z.output<typeof judgementValue>>

const nameOf = ({ position, response }: AnswerToJudge): string => `answer ${position + 1} (${excerpt(response)})`

/** A judge's scores of a model's answers. */
export const judgementsOf = (owner: EvaluationOwner, model: string, purpose: string, judge: string): JudgementStore =>
  unitStore(owner, {
    part: ['judgements', model, purpose, judge],
    schema: judgementValue,
    toStored: (judged) => judged,
    seed: (position, sample) => owner.seeds.judgement(judge, model, position, sample),
    what: `judgements of ${model} by ${judge}`,
    noun: `answers of ${model}`,
    nameOf,
  })

/** A judge's scores of human-ranked answers. */
export const judgementsOfRanked = (owner: EvaluationOwner, judge: string): JudgementStore =>
  unitStore(owner, {
    part: ['ranked', judge],
    schema: judgementValue,
    toStored: (judged) => judged,
    seed: (position, sample) => owner.seeds.ranked(judge, position, sample),
    what: `judgements of ranked answers by ${judge}`,
    noun: 'ranked answers',
    nameOf,
  })

/** A judge's scores of responses that programs have graded. */
export const judgementsOfRequirements = (owner: EvaluationOwner, judge: string): JudgementStore =>
  unitStore(owner, {
    part: ['graded', judge],
    schema: judgementValue,
    toStored: (judged) => judged,
    what: `judgements of graded responses by ${judge}`,
    noun: 'graded responses',
    nameOf,
  })

/** Who judges, and how. */
export interface Judging {
  readonly judge: JudgeRecipe
  /** Path of the judge model. */
  readonly model: string
  /** Path of the model it was trained from, for a judge that needs it. */
  readonly reference?: string
}

/** The judgements of answers by their positions, and what they cost. */
interface JudgedAnswers {
  /** Null where a score couldn't be parsed. */
  readonly scoresOf: (position: number) => (number | null)[]
  readonly details: readonly unknown[]
  readonly cost: JudgingCost
}

/** Has a judge score answers. */
export async function scoreAnswers(
  work: EvaluationWork,
  store: JudgementStore,
  judging: Judging,
  answers: readonly AnswerToJudge[],
): Promise<JudgedAnswers> {
  const cost = await judgeAnswers({ stage: work, ...judging, units: store.units(answers, samplesOf(judging.judge)) })
  const stored = store.stored()
  const judgements = Map.groupBy(stored, ({ position }) => position)
  return {
    scoresOf: (position) => (judgements.get(position) ?? []).map(({ score }) => score),
    details: stored.map(({ detail }) => detail),
    cost,
  }
}
