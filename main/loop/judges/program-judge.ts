import { readyCheck } from '../../evaluation/checks/checks.ts'
import { amount } from '../../evaluation/checks/quantities.ts'
import { countWords } from '../../evaluation/checks/text-parts.ts'
import { type AnswerSettings, finalAnswer } from '../../evaluation/final-answer.ts'
import { characters } from '../../evaluation/reward-metrics.ts'
import { type JudgedPart, rewardOfParts } from '../../shared/judged-parts.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import type { RewardRange } from '../../shared/reward-range.ts'
import { forEachMissing } from '../stage-work.ts'
import { byInstruction, type Judge, type Judged, type JudgingRow } from './judge-work.ts'

/** A judge that is a program and asks no model. `judgedBy` gets all candidates of a prompt. */
const programJudge = (range: RewardRange, judgedBy: (rows: readonly JudgingRow[], judge: JudgeRecipe) => readonly Judged[]): Judge => ({
  judge({ stage, judge, units }) {
    return forEachMissing(
      stage,
      { ...units, together: byInstruction },
      (rows) =>
        [...Map.groupBy(rows.keys(), (row) => rows[row].instruction).values()].flatMap((members) => {
          const judged = judgedBy(
            members.map((row) => rows[row]),
            judge,
          )
          return members.map((row, place) => ({ row, judged: judged[place] }))
        }),
      ({ judged }) => judged,
    )
  },
  justifies: false,
  range: () => range,
  prompt: null,
  requests: () => [],
})

/** Programs check the prompt's requirements; those without a check don't count. The range is their number, which differs by prompt. */
export const verifierJudge = programJudge(null, (rows) => rows.map(verified))

function verified({ instruction, response, requirements = [] }: JudgingRow): Judged {
  const parts = requirements.flatMap(({ text, weight, check }): JudgedPart[] =>
    check === null ? [] : [{ text, weight, yes: readyCheck(check).isMet(response, instruction) ? 1 : 0 }],
  )
  if (parts.length === 0) return { text: 'The prompt has no requirement that a program can check.', score: null }
  return {
    text: parts.map(({ text, yes }) => `${yes === 1 ? 'met' : 'not met'}: ${text}`).join('\n'),
    score: rewardOfParts(parts),
    detail: { parts },
  }
}

/**
 * The share of the prompt's candidates with the same final answer (self-consistency as a reward: ScPO, arXiv 2411.04109; TTRL, arXiv
 * 2504.16084). One without an answer is unreadable, and counts among the candidates.
 */
export const majorityJudge = programJudge([0, 1], (rows, judge) => agreementOf(rows, judge.majority))

function agreementOf(rows: readonly JudgingRow[], settings: AnswerSettings): Judged[] {
  const answers = rows.map(({ response }) => finalAnswer(response, settings))
  return answers.map((answer) => {
    if (answer === null) return { text: 'No answer was found.', score: null }
    const same = answers.filter((other) => other === answer).length
    return { text: `${same} of ${answers.length} responses have this answer: ${answer}`, score: same / answers.length, detail: { answer } }
  })
}

/** The length of the response: the control that shows how much of a result is due to length. */
export const lengthJudge = programJudge(null, (rows, { length }) =>
  rows.map(({ response }) => {
    const score = length.unit === 'words' ? countWords(response) : characters(response)
    return { text: `(length control) ${amount(score, length.unit === 'words' ? 'word' : 'character')}`, score }
  }),
)
