import { badInput } from '../../shared/errors.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { Stage } from '../run-context.ts'
import { complete, notAsked, type PromptWriter } from './prompt-writer.ts'

/**
 * The model continues the part of the chat template that precedes a user message, and so generates one (Xu et al. 2024, Magpie). Requires a
 * chat template; the message ends where the template continues.
 */
export async function preQuery(stage: Stage, author: ModelRow): Promise<PromptWriter> {
  const place = 'Q8Zk-message-Q8Zk' // placeholder for the message; no template contains it
  const rendered = await stage.engines.of('prompts').render({
    model: author.path,
    messages: [{ role: 'user', content: place }],
    addGenerationPrompt: true,
  })
  const [before, after] = rendered.split(place)
  if (after === undefined)
    throw badInput(`The chat template of ${author.path} doesn't include the user message.`, 'Use another prompt method.')
  return {
    isSure: false,
    left: () => Number.POSITIVE_INFINITY,
    async round(round, size) {
      const inputs = Array.from({ length: size }, () => ({ text: before }))
      const items = await complete(stage, author, round, inputs, after === '' ? [] : [after])
      return items.map((item) => {
        if ('leftOut' in item) return notAsked(item)
        const { text, finishReason } = item
        if (finishReason === 'length') return { text, demonstrations: [], unreadable: 'unfinished' }
        return { text: text.trim(), demonstrations: [] }
      })
    },
  }
}
