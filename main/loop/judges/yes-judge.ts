import { loadJudgePrompt } from '../../evaluation/judge-prompt.ts'
import { yesProbability } from '../../evaluation/yes-probability.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import { scoreMissing } from '../stage-work.ts'
import { type ComparedChoices, checkDistinct } from './distinct-choices.ts'
import { type Judge, type JudgingRow, type JudgingWork, judgePrompts, type PromptFile } from './judge-work.ts'

export const yesPrompt: PromptFile = { own: 'yes-no', load: loadJudgePrompt }

export const yesJudge: Judge = {
  judge: judgeByYes,
  justifies: false,
  range: () => [0, 1],
  prompt: yesPrompt,
  requests: (_, { texts, readTokens }) => [{ texts, promptTokens: readTokens, newTokens: 1 }],
}

/** A recipe's judge as one that asks for a single yes or no, with its prompt if it has one for that. */
export const asYesJudge = (judge: JudgeRecipe): JudgeRecipe => ({
  ...judge,
  method: 'yes',
  prompt: judge.method === 'yes' ? judge.prompt : null,
})

/** The recipe's two answers to a question. */
export const answersOf = ({ answers: { yes, no } }: JudgeRecipe): ComparedChoices => ({
  texts: [yes, no],
  by: 'the probability of yes',
  remedy: 'Set different texts in judge.answers.',
})

/**
 * The probability of yes rather than no as the answer to "is this a good response?" (Garg et al. 2025, IPO: arXiv 2502.16182). No text is
 * generated, so small models that can't keep to a format can judge, and hardly any rewards tie.
 */
function judgeByYes<Row extends JudgingRow>({ stage, judge, model, units }: JudgingWork<Row>): Promise<void> {
  const ask = judgePrompts(judge, yesPrompt)
  const answers = answersOf(judge)
  const { yes } = judge.answers
  return scoreMissing(stage, units, {
    model,
    choicesOnly: true,
    input: (row) => ({ input: ask(row), choices: [...answers.texts] }),
    read: (item) => {
      checkDistinct(item, model, answers)
      const logprobs = item.choiceLogprobs?.at(-1) ?? []
      const score = yesProbability(logprobs)
      return { text: score === null ? '' : `p(${yes}) = ${score.toFixed(3)}`, score, detail: { logprobs } }
    },
  })
}
