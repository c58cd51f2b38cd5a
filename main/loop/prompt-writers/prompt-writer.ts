import type { GenerateItem, LeftOutRow, PromptInput } from '../../shared/engine-protocol.ts'
import type { Requirement } from '../../shared/requirement.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { Stage } from '../run-context.ts'
import { inRole } from '../run-engines.ts'
import { generateMissing, samplingOf, seedAt, type Units } from '../stage-work.ts'

/** The result of one request for a new prompt. */
interface WrittenPrompt {
  readonly text: string
  readonly demonstrations: readonly string[]
  /** The prompt's checklist, if it comes with one. */
  readonly requirements?: readonly Requirement[]
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
  /** What of a prompt of the run the filters see; by default, all of it. Null: all, but alike prompts are fine. */
  readonly compared?: ((prompt: string) => string) | null
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
  const { recipe, iteration } = stage
  const items = new Map<number, GenerateItem | LeftOutRow>()
  const units: Units<{ place: number; input: PromptInput }, GenerateItem> = {
    rows: inputs.map((input, place) => ({ place, input })),
    samples: 1,
    seed: ({ place }) => seedAt(stage, 'prompts', iteration, round, place),
    isDone: () => false, // a round is stored as a whole
    keep: ({ place }, _, item) => void items.set(place, item),
    leaveOut: ({ place }, leftOut) => void items.set(place, { row: place, leftOut }),
  }
  const sampling = samplingOf({ ...recipe.prompts, stop: [...recipe.prompts.stop, ...stop] })
  await generateMissing(inRole(stage, 'prompts'), units, {
    model: author.path,
    sampling,
    input: ({ input }) => input,
    read: (item) => item,
  })
  return inputs.map((_, place) => items.get(place)!)
}
