import { z } from 'zod'
import { choiceFigures, type ScoredQuestion } from '../../evaluation/choice-accuracy.ts'
import { type ChoiceQuestion, choiceQuestion, readChoiceQuestions } from '../../evaluation/choice-questions.ts'
import { stopped } from '../../shared/errors.ts'
import type { Figures, MultipleChoiceSettings } from '../../shared/evaluation-settings.ts'
import { excerpt } from '../stage-report.ts'
import { scoreMissing } from '../stage-work.ts'
import { as, inputsOf, leftOutFigure, type StandaloneWork, setTotal } from './standalone-work.ts'
import { type UnitStore, unitStore } from './units.ts'

/** A choice after its question. `sample`: the choice's index. */
interface ChoiceRow {
  readonly position: number
  readonly sample: number
  readonly question: string
  /** The question in its template, and the choice. */
  readonly context: string
  readonly choice: string
}

const choiceValue = z.object({ logprob: z.number(), tokens: z.int() })
type ChoiceScore = z.output<typeof choiceValue>

/** Texts per request to the tokenizer. */
const textsAtOnce = 256

/** Has a model choose among answers by their log-probability after the question. */
export async function measureMultipleChoice(work: StandaloneWork, settings: MultipleChoiceSettings): Promise<Figures> {
  const { source, count, template } = settings
  const model = as('own', settings.model)
  const questions = await inputsOf(work, choiceQuestion, async () => readChoiceQuestions(source.path).slice(0, count))
  const rows = questions.flatMap((question, position) => rowsOf(question, position, template))
  setTotal(work, rows.length)
  const scores: UnitStore<ChoiceRow, ChoiceScore, ChoiceScore> = unitStore(work.owner, {
    part: ['choices', model.name],
    schema: choiceValue,
    toStored: (score) => score,
    what: `choices of ${model.name}`,
    noun: 'choices',
    nameOf: ({ position, question }) => `question ${position + 1} (${excerpt(question)})`,
  })
  const lengths = await choiceLengths(work, model.path, rows)
  await scoreMissing(work, scores.units(rows, 1), {
    model: model.path,
    input: ({ context, choice }) => ({ input: { text: context + choice } }),
    read: ({ tokenLogprobs }, row) => {
      const tokens = lengths.get(row) ?? 0
      const own = tokenLogprobs.slice(Math.max(0, tokenLogprobs.length - tokens))
      return { logprob: own.reduce((sum, value) => sum + value, 0), tokens }
    },
  })
  const figures = choiceFigures(scoredQuestions(questions, scores.stored()))
  return { ...figures, ...leftOutFigure(work, questions.length) }
}

/** The template's last spaces, and one if it has none, belong to the choice: tokenizers join a space with the word after it. */
function rowsOf({ question, choices }: ChoiceQuestion, position: number, template: string): ChoiceRow[] {
  const filled = template.replace('{question}', () => question)
  const context = filled.trimEnd()
  const space = filled.slice(context.length) || ' '
  return choices.map((choice, sample) => ({ position, sample, question, context, choice: space + choice }))
}

/**
 * The number of a choice's tokens: those of context and choice together, less those of the context. Encoding the choice by itself would give
 * other tokens with some tokenizers.
 */
async function choiceLengths(
  { engine, signal }: StandaloneWork,
  model: string,
  rows: readonly ChoiceRow[],
): Promise<ReadonlyMap<ChoiceRow, number>> {
  const lengths = new Map<ChoiceRow, number>()
  const contexts = new Map<string, number>()
  for (let at = 0; at < rows.length; at += textsAtOnce) {
    if (signal.aborted) throw stopped()
    const some = rows.slice(at, at + textsAtOnce)
    const unknown = [...new Set(some.map(({ context }) => context))].filter((context) => !contexts.has(context))
    const texts = [...unknown, ...some.map(({ context, choice }) => context + choice)]
    const ids = await engine.tokenize({ model, texts, special: true })
    for (const [i, context] of unknown.entries()) contexts.set(context, ids[i].length)
    for (const [i, row] of some.entries()) lengths.set(row, ids[unknown.length + i].length - (contexts.get(row.context) ?? 0))
  }
  return lengths
}

/** The questions of which every choice has a score. */
function scoredQuestions(
  questions: readonly ChoiceQuestion[],
  scores: readonly (ChoiceScore & { readonly position: number; readonly sample: number })[],
): ScoredQuestion[] {
  const byQuestion = Map.groupBy(scores, ({ position }) => position)
  return questions.flatMap((question, position) => {
    const own = byQuestion.get(position) ?? []
    return own.length < question.choices.length
      ? []
      : [{ ...question, logprobs: own.toSorted((a, b) => a.sample - b.sample).map(({ logprob }) => logprob) }]
  })
}
