import { createHash } from 'node:crypto'
import { z } from 'zod'
import { finishReason, type GenerateItem, type LeftOutRow, type PromptInput } from '../../shared/engine-protocol.ts'
import type { Requirement } from '../../shared/requirement.ts'
import type { ModelRow } from '../../store/tables/models-table.ts'
import type { Stage } from '../run-context.ts'
import { answering, inRole } from '../run-engines.ts'
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
export const notAsked = ({ leftOut }: Pick<LeftOutRow, 'leftOut'>, demonstrations: readonly string[] = []): WrittenPrompt => ({
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

/** A completion, or why an input can't be continued. */
const completion = z.union([z.object({ text: z.string(), finishReason }), z.object({ leftOut: z.string() })])
type Completion = z.output<typeof completion>

/** The kind of the parts that hold the completions of a round that isn't complete. */
const partOfRound = 'completions'

/**
 * Requests one completion per input, returned in input order. Those of an engine elsewhere are kept as they come, because they may have been
 * paid for; this machine's depend on all of a round, which is written again as a whole.
 */
export async function complete(
  stage: Stage,
  author: ModelRow,
  round: number,
  inputs: readonly PromptInput[],
  stop: readonly string[],
): Promise<Completion[]> {
  const { recipe, iteration, store, runId } = stage
  const work = inRole(stage, 'prompts')
  const sampling = samplingOf({ ...recipe.prompts, stop: [...recipe.prompts.stop, ...stop] })
  const owner = { runId }
  const request = JSON.stringify([answering(work.engine, author).name, recipe.seed, iteration, round, inputs, sampling])
  const part = [partOfRound, createHash('sha256').update(request).digest('hex')] as const
  const isKept = work.engine.host !== undefined
  const before = isKept ? store.evaluationUnits.of(owner, part) : []
  const items = new Map(before.map(({ position, value }) => [position, completion.parse(value)]))
  const keep = (place: number, item: Completion): void => {
    items.set(place, item)
    if (isKept) store.evaluationUnits.add(owner, part, { position: place, sample: 0, value: item })
  }
  const units: Units<{ place: number; input: PromptInput }, GenerateItem> = {
    rows: inputs.map((input, place) => ({ place, input })),
    samples: 1,
    seed: ({ place }) => seedAt(stage, 'prompts', iteration, round, place),
    isDone: ({ place }) => items.has(place),
    keep: ({ place }, _, { text, finishReason }) => keep(place, { text, finishReason }),
    leaveOut: ({ place }, leftOut) => keep(place, { leftOut }),
  }
  await generateMissing(work, units, {
    model: author.path,
    sampling,
    input: ({ input }) => input,
    read: (item) => item,
  })
  return inputs.map((_, place) => items.get(place)!)
}

/** Forgets the completions of a round once its prompts are stored. */
export const forgetCompletions = ({ store, runId }: Stage): void => store.evaluationUnits.remove({ runId }, [partOfRound])
