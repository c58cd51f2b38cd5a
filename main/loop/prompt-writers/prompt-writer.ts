import type { GenerateItem, LeftOutRow, PromptInput } from '../../shared/engine-protocol.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { Stage } from '../run-context.ts'
import { samplingOf, seedAt, unanswered } from '../stage-work.ts'

/** The result of one request for a new prompt. */
export interface WrittenPrompt {
  readonly text: string
  readonly demonstrations: readonly string[]
  /** Why no prompt could be parsed; `text` is then the whole completion. */
  readonly unreadable?: string
}

/** A request that couldn't be made, counted under its reason. */
export const notAsked = ({ leftOut }: LeftOutRow, demonstrations: readonly string[] = []): WrittenPrompt => ({
  text: leftOut,
  demonstrations,
  unreadable: 'too-long',
})

/** A source of new prompts. */
export interface PromptWriter {
  /** Whether its prompts are usually acceptable, so that no surplus is requested. */
  readonly isSure: boolean
  /** How many more requests are possible after `requests`. */
  left(requests: number): number
  /** Makes `size` requests; earlier rounds made `before`. */
  round(round: number, size: number, before: number): Promise<readonly WrittenPrompt[]>
}

/** Requests one completion per input, returned in input order, or a reason where an input can't be continued. */
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
