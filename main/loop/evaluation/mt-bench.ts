import { comparisonRequest, gradeRequest, type JudgeRequest } from '../../evaluation/mt-bench/judge-prompts.ts'
import { type MtBenchQuestion, mtBenchQuestion, readQuestions, shippedQuestions } from '../../evaluation/mt-bench/questions.ts'
import { gradeFigures, rateFigures } from '../../evaluation/mt-bench/scores.ts'
import { outcomeOf } from '../../evaluation/win-rate.ts'
import type { Figures, MtBenchSettings, MtBenchSource } from '../../shared/evaluation-settings.ts'
import { answerTurns, storedAnswers, type TurnAnswers } from './mt-bench-answers.ts'
import { type GradeRow, judgeRequests, type MtBenchVerdict, storedGrades, storedVerdicts, type VerdictRow } from './mt-bench-judgements.ts'
import { as, inputsOf, judging, leftOutFigure, type StandaloneWork, setTotal } from './standalone-work.ts'
import type { EvaluationOwner } from './units.ts'

/**
 * MT-Bench (Zheng et al. 2023): a model answers questions of two turns, and a judge grades each answer from 1 to 10, or compares it with another
 * model's in both orders. The second turn's judgement sees both turns. Prompts, temperatures, and arithmetic are FastChat's.
 */
export async function measureMtBench(work: StandaloneWork, settings: MtBenchSettings): Promise<Figures> {
  const { model, against, judge, source } = settings
  const questions = await inputsOf(work, mtBenchQuestion, async () => readQuestions(filesOf(source)))
  const turns = questions.reduce((sum, question) => sum + question.turns.length, 0)
  setTotal(work, against === null ? 2 * turns : 4 * turns)
  await answerTurns(work, as('own', model), questions, settings.maxNewTokens)
  if (against !== null) await answerTurns(work, as('other', against), questions, settings.maxNewTokens)
  const asking = { judge: as('judge', judge), maxNewTokens: settings.judgeMaxNewTokens }
  for (const turn of [0, 1]) {
    if (against === null)
      await judgeRequests(judging(work), asking, storedGrades(work.owner, turn), gradesToMake(work.owner, questions, turn))
    else await judgeRequests(judging(work), asking, storedVerdicts(work.owner, turn), verdictsToMake(work.owner, questions, turn))
  }
  const figures = against === null ? figuresOfGrades(work.owner, questions) : figuresOfVerdicts(work.owner, questions)
  // If some answers could be judged, a turn that none of them fits is counted, not an error.
  return { ...figures, ...leftOutFigure(work, judgedIn(figures) === 0 ? questions.length : Number.POSITIVE_INFINITY) }
}

const filesOf = (source: MtBenchSource) =>
  source.from === 'shipped' ? shippedQuestions : { questions: source.path, references: source.references }

const judgedIn = ({ n, unparsed }: Figures): number => (n ?? 0) + (unparsed ?? 0)

/** A question's answers up to a turn; undefined if one of them is missing. */
function upTo(answers: TurnAnswers, position: number, turn: number): string[] | undefined {
  const texts = answers.slice(0, turn + 1).map((byPosition) => byPosition.get(position))
  return texts.every((text) => text !== undefined) ? texts : undefined
}

/** The answers to one turn that the judge has to grade. */
export function gradesToMake(owner: EvaluationOwner, questions: readonly MtBenchQuestion[], turn: number): GradeRow[] {
  const answers = storedAnswers(owner, 'own')
  return questions.flatMap((question, position) => {
    const texts = upTo(answers, position, turn)
    return texts === undefined ? [] : [{ position, request: gradeRequest(question, texts, turn) }]
  })
}

/** The comparisons that the judge has to make, each in both orders. `sample` is 1 if the model's own answer is shown as B. */
export function verdictsToMake(owner: EvaluationOwner, questions: readonly MtBenchQuestion[], turn: number): VerdictRow[] {
  const [own, other] = [storedAnswers(owner, 'own'), storedAnswers(owner, 'other')]
  return questions.flatMap((question, position): VerdictRow[] => {
    const [a, b] = [upTo(own, position, turn), upTo(other, position, turn)]
    if (a === undefined || b === undefined) return []
    const asked = (sample: 0 | 1, request: JudgeRequest): VerdictRow => ({ position, sample, request })
    return [asked(0, comparisonRequest(question, a, b, turn)), asked(1, comparisonRequest(question, b, a, turn))]
  })
}

function figuresOfGrades(owner: EvaluationOwner, questions: readonly MtBenchQuestion[]): Figures {
  const grades = [0, 1].flatMap((turn) =>
    storedGrades(owner, turn)
      .stored()
      .map(({ position, score }) => ({ turn: turn + 1, category: questions[position].category, score })),
  )
  return gradeFigures(grades)
}

function figuresOfVerdicts(owner: EvaluationOwner, questions: readonly MtBenchQuestion[]): Figures {
  const compared = [0, 1].flatMap((turn) =>
    [...Map.groupBy(storedVerdicts(owner, turn).stored(), ({ position }) => position)].flatMap(([position, both]) =>
      both.length < 2 // the judge can't read one of the orders: it is left out, not unparsed
        ? []
        : {
            ...{ turn: turn + 1, category: questions[position].category },
            outcome: outcomeOf({ first: verdictIn(both, 0), second: verdictIn(both, 1) }),
          },
    ),
  )
  return rateFigures(compared)
}

const verdictIn = (both: readonly (MtBenchVerdict & { readonly sample: number })[], sample: number) =>
  both.find((one) => one.sample === sample)?.verdict ?? null
