import type { JudgeMethod } from '../../shared/recipe.ts'
import { additiveJudge } from './additive.ts'
import { checklistJudge } from './checklist.ts'
import { expectedJudge } from './expected.ts'
import type { Judge, JudgingRow, JudgingWork } from './judge-work.ts'
import { randomJudge } from './random-judge.ts'

/** Every method that a recipe can name. */
export const judges: Readonly<Record<JudgeMethod, Judge>> = {
  additive: additiveJudge,
  expected: expectedJudge,
  ticks: checklistJudge,
  random: randomJudge,
}

/** Judges answers by the recipe's method and stores every missing judgement. */
export async function judgeAnswers<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<void> {
  await judges[work.judge.method].judge(work)
}
