import { fillJudgePrompt, loadJudgePrompt } from '../../evaluation/judge-prompt.ts'
import type { PromptInput } from '../../shared/engine-protocol.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import type { JudgingRow } from './judge-work.ts'

/** Formats the judge prompt for an answer. */
export function judgePrompts(judge: JudgeRecipe): (row: Pick<JudgingRow, 'instruction' | 'response'>) => PromptInput & { prompt: string } {
  const template = loadJudgePrompt(judge.prompt)
  return ({ instruction, response }) => ({ prompt: fillJudgePrompt(template, instruction, response) })
}
