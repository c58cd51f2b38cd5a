import { z } from 'zod'
import { type MtBenchQuestion, temperatureOf } from '../../evaluation/mt-bench/questions.ts'
import { finishReason, type GenerateItem, type PromptInput } from '../../shared/engine-protocol.ts'
import { excerpt } from '../stage-report.ts'
import { generateMissing, samplingOf } from '../stage-work.ts'
import type { Role } from './standalone-work.ts'
import { type EvaluationOwner, type EvaluationWork, type NamedModel, type UnitStore, unitStore } from './units.ts'

/** Answers to each turn, by the question's position. */
export type TurnAnswers = readonly ReadonlyMap<number, string>[]

/** A turn to answer. */
interface TurnRow {
  readonly position: number
  readonly question: MtBenchQuestion
  readonly input: PromptInput
}

const answerValue = z.object({ text: z.string(), tokens: z.int(), finishReason })
type AnswerStore = UnitStore<TurnRow, GenerateItem, z.output<typeof answerValue>>

function answersTo(owner: EvaluationOwner, role: string, turn: number): AnswerStore {
  const purpose = `mt-bench turn ${turn + 1}`
  return unitStore(owner, {
    part: ['answers', role, purpose],
    schema: answerValue,
    toStored: ({ text, tokenIds, finishReason }) => ({ text, tokens: tokenIds.length, finishReason }),
    seed: (position) => owner.seeds.answer(purpose, role, position),
    what: `answers of ${role}, turn ${turn + 1}`,
    noun: 'questions',
    nameOf: ({ question: { id, turns } }) => `question ${id} (${excerpt(turns[turn])})`,
  })
}

export const storedAnswers = (owner: EvaluationOwner, role: Role): TurnAnswers =>
  [0, 1].map(
    (turn) =>
      new Map(
        answersTo(owner, role, turn)
          .stored()
          .map(({ position, text }) => [position, text]),
      ),
  )

/** Has a model answer both turns of each question, at the temperature of its category. A question whose first turn has no answer has no second. */
export async function answerTurns(
  work: EvaluationWork,
  { name, path }: NamedModel,
  questions: readonly MtBenchQuestion[],
  maxNewTokens: number,
): Promise<void> {
  const { hasChatTemplate } = await work.engine.load(path)
  for (const turn of [0, 1]) {
    const store = answersTo(work.owner, name, turn)
    const before =
      turn === 0
        ? null
        : new Map(
            answersTo(work.owner, name, 0)
              .stored()
              .map(({ position, text }) => [position, text]),
          )
    const rows = questions.flatMap((question, position): TurnRow[] => {
      const first = before?.get(position)
      if (turn >= question.turns.length || (before !== null && first === undefined)) return []
      return [{ position, question, input: inputOf(question, first, hasChatTemplate) }]
    })
    for (const [temperature, own] of Map.groupBy(rows, ({ question }) => temperatureOf(question.category))) {
      const sampling = samplingOf({ temperature, top_p: 1, top_k: 0, max_new_tokens: maxNewTokens, stop: [] })
      await generateMissing(work, store.units(own, 1), { model: path, sampling, input: ({ input }) => input, read: (item) => item })
    }
  }
}

/** The conversation so far. A model without a chat template continues it as one text. */
function inputOf({ turns: [one, two] }: MtBenchQuestion, first: string | undefined, hasChatTemplate: boolean): PromptInput {
  if (first === undefined) return { prompt: one }
  if (!hasChatTemplate) return { prompt: [one, first, two].join('\n\n') }
  const messages = [
    { role: 'user', content: one },
    { role: 'assistant', content: first },
    { role: 'user', content: two },
  ]
  return { messages }
}
