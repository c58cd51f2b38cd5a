import type { GenerateItem, LeftOutRow, PromptInput } from '../../engine/protocol.ts'
import type { ModelRow } from '../../store/models.ts'
import type { Stage } from '../context.ts'
import { samplingOf, unanswered } from '../generate.ts'
import { seedAt } from '../seeds.ts'

/** What came of one request for a new prompt. */
export interface WrittenPrompt {
  readonly text: string
  readonly demonstrations: readonly string[]
  /** Why no prompt could be read from what was written; `text` is then all of it. */
  readonly unreadable?: string
}

/** A request that couldn't be made; why is the reason it counts under. */
export const notAsked = ({ leftOut }: LeftOutRow, demonstrations: readonly string[] = []): WrittenPrompt => ({
  text: leftOut,
  demonstrations,
  unreadable: 'too-long',
})

/** A way to get new prompts. */
export interface PromptWriter {
  /** Whether what it gives is fit for use as a rule: then no more is asked for than is wanted. */
  readonly isSure: boolean
  /** How many more requests can be made after `requests`. */
  left(requests: number): number
  /** Make `size` requests; `before` requests were made in earlier rounds. */
  round(round: number, size: number, before: number): Promise<readonly WrittenPrompt[]>
}

/** Ask for one completion of each input; they come back in the order of the inputs, as a reason where an input can't be continued. */
export async function complete(
  stage: Stage,
  author: ModelRow,
  round: number,
  inputs: readonly PromptInput[],
  stop: readonly string[],
): Promise<(GenerateItem | LeftOutRow)[]> {
  const { engine, recipe, signal, iteration } = stage
  const rows = inputs.map((input, place) => ({ input, seeds: [seedAt(stage, 'prompts', iteration, round, place)] }))
  const sampling = samplingOf({ ...recipe.prompts, stop: [...recipe.prompts.stop, ...stop] })
  const items: (GenerateItem | LeftOutRow)[] = []
  const onLeftOut = (row: LeftOutRow): void => {
    items[row.row] = row
  }
  const request = { model: author.path, rows, sampling, batch: recipe.batch }
  for await (const item of engine.generate(request, { signal, onLeftOut })) items[item.row] = item
  const missing = inputs.filter((_, i) => items[i] === undefined).length
  if (missing > 0) throw unanswered(missing)
  return items
}
