import type { PromptInput } from '../../engine/protocol.ts'
import { fillJudgePrompt, loadJudgePrompt } from '../../evaluation/judge-prompt.ts'
import type { JudgeRecipe } from '../recipe.ts'
import type { JudgingRow } from './judge-work.ts'

/** How a judge of this recipe is asked about an answer. */
export function judgePrompts(judge: JudgeRecipe): (row: Pick<JudgingRow, 'instruction' | 'response'>) => PromptInput & { prompt: string } {
  const template = loadJudgePrompt(judge.prompt)
  return ({ instruction, response }) => ({ prompt: fillJudgePrompt(template, instruction, response) })
}
