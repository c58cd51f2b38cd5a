import { type ComparedRow, type GradedRow, unparsedScore } from '../../evaluation/mt-bench/judgement-rows.ts'
import { mtBenchQuestion } from '../../evaluation/mt-bench/questions.ts'
import type { MtBenchSettings } from '../../shared/evaluation-settings.ts'
import { gradesToMake, verdictsToMake } from './mt-bench.ts'
import { type MtBenchVerdict, storedGrades, storedVerdicts, type VerdictRow } from './mt-bench-judgements.ts'
import { type StandaloneContext, standaloneOwner } from './standalone-work.ts'

/** An evaluation's judgements in FastChat's form, with the texts that the judge read and wrote. */
export function mtBenchRows(
  context: Pick<StandaloneContext, 'store' | 'evaluationId'>,
  settings: MtBenchSettings,
): (GradedRow | ComparedRow)[] {
  const owner = standaloneOwner(context, settings)
  const questions = owner.store.evaluationUnits.of(owner.key, ['inputs']).map(({ value }) => mtBenchQuestion.parse(value))
  const { model, against, judge } = settings
  const common = (position: number, prompt: string, turn: number) => ({
    ...{ question_id: questions[position].id, judge: [judge.label, prompt], turn: turn + 1 },
  })
  return [0, 1].flatMap((turn): (GradedRow | ComparedRow)[] => {
    if (against === null) {
      const grades = new Map(
        storedGrades(owner, turn)
          .stored()
          .map((grade) => [grade.position, grade]),
      )
      return gradesToMake(owner, questions, turn).flatMap(({ position, request: { name, user } }) => {
        const grade = grades.get(position)
        if (grade === undefined) return []
        const score = grade.score ?? unparsedScore
        return [{ ...common(position, name, turn), model: model.label, user_prompt: user, judgment: grade.text, score }]
      })
    }
    const verdicts = storedVerdicts(owner, turn).stored()
    const rows = Map.groupBy(verdictsToMake(owner, questions, turn), ({ position }) => position)
    return [...rows].flatMap(([position, asked]) => {
      const [one, two] = asked.map((row) => gameOf(row, verdicts))
      if (one === undefined || two === undefined) return []
      const models = { model_1: model.label, model_2: against.label, g1_winner: one.winner, g2_winner: two.winner }
      const texts = { g1_user_prompt: one.prompt, g1_judgment: one.text, g2_user_prompt: two.prompt, g2_judgment: two.text }
      return [{ ...common(position, asked[0].request.name, turn), ...models, ...texts }]
    })
  })
}

/** One order of a comparison: FastChat's "game". */
function gameOf({ position, sample, request }: VerdictRow, verdicts: readonly (MtBenchVerdict & VerdictRowKey)[]) {
  const said = verdicts.find((one) => one.position === position && one.sample === sample)
  if (said === undefined) return undefined
  const [a, b] = sample === 0 ? (['model_1', 'model_2'] as const) : (['model_2', 'model_1'] as const)
  const winner = said.verdict === null ? 'error' : said.verdict === 'tie' ? 'tie' : said.verdict === 'A' ? a : b
  return { winner, prompt: request.user, text: said.text } as const
}

interface VerdictRowKey {
  readonly position: number
  readonly sample: number
}
