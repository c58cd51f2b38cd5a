import type { JudgeMethod } from '../../shared/recipe.ts'
import { additiveJudge } from './additive.ts'
import { checklistJudge } from './checklist-judge.ts'
import { contrastJudge } from './contrast-judge.ts'
import { expectedJudge } from './expected.ts'
import { implicitJudge } from './implicit-judge.ts'
import type { Judge, JudgingRow, JudgingWork } from './judge-work.ts'
import { countingEngine, type JudgingCost } from './judging-cost.ts'
import { pairwiseJudge } from './pairwise-judge.ts'
import { lengthJudge, majorityJudge, verifierJudge } from './program-judge.ts'
import { randomJudge } from './random-judge.ts'
import { ticksJudge } from './ticks-judge.ts'
import { yesJudge } from './yes-judge.ts'

/** Every method that a recipe can name. */
export const judges: Readonly<Record<JudgeMethod, Judge>> = {
  additive: additiveJudge,
  expected: expectedJudge,
  ticks: ticksJudge,
  yes: yesJudge,
  checklist: checklistJudge,
  pairwise: pairwiseJudge,
  contrast: contrastJudge,
  implicit: implicitJudge,
  verifier: verifierJudge,
  majority: majorityJudge,
  length: lengthJudge,
  random: randomJudge,
}

/** Judges answers by the recipe's method and stores every missing judgement. Returns what that took. */
export async function judgeAnswers<Row extends JudgingRow>(work: JudgingWork<Row>): Promise<JudgingCost> {
  const { engine, used } = countingEngine(work.stage.engine)
  const seen = new WeakSet<Row>() // which doesn't keep the rows in memory
  let answers = 0
  const keep: typeof work.units.keep = (row, sample, value) => {
    if (!seen.has(row)) answers++
    seen.add(row)
    work.units.keep(row, sample, value)
  }
  const begin = performance.now()
  await judges[work.judge.method].judge({ ...work, stage: { ...work.stage, engine }, units: { ...work.units, keep } })
  return { answers, seconds: (performance.now() - begin) / 1000, readTokens: used.promptTokens, newTokens: used.newTokens }
}
