import { z } from 'zod'
import { fillJudgePrompt, loadJudgePrompt } from '../evaluation/judge-prompt.ts'
import { type CompletionInput, message, type PromptInput, pairEmphasis, rewardRow } from '../shared/engine-protocol.ts'

const ids = z.array(z.int().min(0)).min(1)

/** Text, messages, or token ids as `{"input_ids": [...]}` or just `[...]`. */
const side = z
  .union([z.string(), z.array(message).min(1), z.object({ input_ids: ids }), ids], {
    error: 'expected text, a list of messages, or token ids',
  })
  .transform((value): CompletionInput => {
    if (typeof value === 'string') return value
    if (!Array.isArray(value)) return { inputIds: value.input_ids }
    return isMessages(value) ? value : { inputIds: value }
  })

const isMessages = (value: { role: string; content: string }[] | number[]): value is { role: string; content: string }[] =>
  typeof value[0] === 'object'

/** A response to learn from: a side, or a text that was cut off as `{"unfinished": "..."}`. */
const response = z.union([z.object({ unfinished: z.string() }), side], {
  error: 'expected text, a list of messages, token ids, or {"unfinished": text}',
})

/** The judge `yes` asks about the response. */
let template: string | undefined
const judged = z.object({ instruction: z.string(), response: z.string() }).transform(({ instruction, response }): PromptInput => {
  template ??= loadJudgePrompt('yes-no')
  return { prompt: fillJudgePrompt(template, instruction, response) }
})

/** A judge prompt, or the answer that the prompt of the judge `yes` asks about. */
const judgePrompt = z.union(
  [
    judged,
    side.transform((prompt): PromptInput => {
      if (typeof prompt === 'string') return { prompt }
      return Array.isArray(prompt) ? { messages: prompt } : prompt
    }),
  ],
  { error: 'expected {"instruction", "response"}, text, a list of messages, or token ids' },
)

/** Rows of a training file, by task. */
export const trainRow = {
  sft: z
    .object({
      prompt: side,
      completion: response,
      weights: z.array(z.number().min(0)).optional(),
      prompt_weight: z.number().min(0).optional(),
    })
    .transform(({ prompt_weight: promptWeight, ...row }) => (promptWeight === undefined ? row : { ...row, promptWeight })),
  dpo: z.object({ prompt: side, chosen: response, rejected: response, ...pairEmphasis }),
  reward: rewardRow.extend({
    better: judgePrompt,
    worse: judgePrompt,
    yes: rewardRow.shape.yes.default('Yes'),
    no: rewardRow.shape.no.default('No'),
  }),
}

export const trainRowRemedy = {
  sft: 'Each line needs {"prompt": ..., "completion": ...}, each of them text, a list of messages, or {"input_ids": [id, ...]}; a completion that was cut off can be {"unfinished": text}.',
  dpo: 'Each line needs {"prompt": ..., "chosen": ..., "rejected": ...}, each of them text, a list of messages, or {"input_ids": [id, ...]}; a response that was cut off can be {"unfinished": text}.',
  reward:
    'Each line needs {"better": ..., "worse": ...}, each of them {"instruction": text, "response": text}, or a judge prompt as text, a list of messages, or {"input_ids": [id, ...]}.',
}
