import { setImmediate as nextTurn } from 'node:timers/promises'
import { bursts } from '../common/bursts.ts'
import { generators, type Place } from '../common/random.ts'
import type { GenerateItem, LeftOutRow, PromptInput, Sampling, ScoreItem, ScoreParams } from '../shared/engine-protocol.ts'
import { LaurelError } from '../shared/errors.ts'
import type { EngineWork, RunContext } from './run-context.ts'

/**
 * Units of work: `samples` of each row, numbered from 0. Each is stored as soon as it is done, so the store knows at any time which ones
 * are missing. `unitsOfStage` and `unitStore` make them.
 */
export interface Units<Row, Value> {
  /** Read as they are needed, since a large run's don't fit in memory. Unless they are an array, rows that belong together follow one another. */
  readonly rows: Iterable<Row>
  readonly samples: number
  /** The seed of a unit, if it is sampled. */
  readonly seed?: (row: Row, sample: number) => number
  readonly isDone: (row: Row, sample: number) => boolean
  readonly keep: (row: Row, sample: number, value: Value) => void
  /** Stores what arrived together in one transaction, since each one waits for the disk. By default, every unit is stored by itself. */
  readonly inTransaction?: (storing: () => void) => void
  /** Receives a row that can't be processed (longer than the context, say). Evaluations store it; elsewhere its units stay missing. */
  readonly leaveOut: (row: Row, reason: string) => void
  /** Rows with the same key are requested together (a prompt's candidates, for a judge that compares them). By default, rows are independent. */
  readonly together?: (row: Row) => string
  /** Called before and after the work, for reports to the user. */
  readonly begin?: () => void
  readonly end?: () => void
}

/**
 * Asks for units of some rows: `samples` has those wanted of each row. Items may arrive in any order; an item's `row` is its index in `rows`,
 * its sample is 0 by default.
 */
type UnitRequest<Row, Item> = (
  rows: readonly Row[],
  onLeftOut: (row: LeftOutRow) => void,
  samples: readonly (readonly number[])[],
) => AsyncIterable<Item> | Iterable<Item>

/** Units stored in one transaction, at most: far fewer than an engine at its fastest gives in a second. */
const mostTogether = 256

/** Rows of a request, at most, unless the recipe's `chunk` says more: their texts are in memory together. */
const mostRows = 2 ** 14

/**
 * Requests the missing units and stores each as soon as it arrives. All work of runs and of standalone evaluations whose units don't depend
 * on each other is done here.
 *
 * From this machine's engine, units are requested in chunks of fixed composition: the same rows are in the same chunk, done or not, and a
 * chunk with any missing unit is requested again as a whole. Batch composition can change the last bits of a number, and with them a sampled
 * text; this way, work that was interrupted gives the same results as work that wasn't. A cluster's chunks have the rows that keep all of it
 * busy; it finds the results of the same request in its storage. A server composes its batches itself, and may charge for each of them, so
 * nothing that is stored is requested from it again.
 *
 * Throws INTERNAL if a row is neither answered nor left out: the engine has a bug, and continuing would hide it.
 */
export async function forEachMissing<Row, Item extends { readonly row: number; readonly sample?: number }, Value>(
  { recipe, engine }: Pick<EngineWork, 'recipe' | 'engine'>,
  { rows, samples, isDone, keep, leaveOut, together, inTransaction = (storing) => storing(), begin, end }: Units<Row, Value>,
  request: UnitRequest<Row, Item>,
  read: (item: Item, row: Row) => Value,
): Promise<void> {
  begin?.()
  const missingOf = (row: Row): number[] => range(samples).filter((sample) => !isDone(row, sample))
  const isWanted = (group: readonly Row[]): boolean => engine.host === undefined || group.some((row) => missingOf(row).length > 0)
  const isDoneAlready = (): boolean => Array.isArray(rows) && (rows as readonly Row[]).every((row) => missingOf(row).length === 0)
  const busyRows = engine.requestRows === undefined || isDoneAlready() ? 1 : await engine.requestRows()
  const size = Math.max(1, Math.floor(recipe.chunk / samples), Math.min(busyRows, mostRows))
  for (const chunk of chunksOf(groupsOf(rows, together), isWanted, size)) {
    await nextTurn() // what is done already, or is done by a program, would otherwise leave windows no turn
    const missing = chunk.map((row) => new Set(missingOf(row)))
    const asked = missing.map((ofRow) => (engine.host === undefined || together !== undefined ? range(samples) : [...ofRow]))
    const count = (): number => missing.reduce((sum, { size }) => sum + size, 0)
    if (count() === 0) continue
    const onLeftOut = ({ row, leftOut }: LeftOutRow): void => {
      missing[row].clear()
      leaveOut(chunk[row], leftOut)
    }
    const store = (item: Item): void => {
      const { row, sample = 0 } = item
      if (missing[row].delete(sample)) keep(chunk[row], sample, read(item, chunk[row]))
    }
    for await (const arrived of bursts(request(chunk, onLeftOut, asked), mostTogether)) inTransaction(() => arrived.forEach(store))
    if (count() > 0) {
      const text = `The engine left ${count()} rows of a request unanswered.`
      throw new LaurelError('INTERNAL', text, 'This is a bug in Laurel. Please report it.')
    }
  }
  end?.()
}

/** Rows that belong together, in the order of their first. */
function* groupsOf<Row>(rows: Iterable<Row>, together?: (row: Row) => string): Generator<readonly Row[]> {
  if (together === undefined) return yield* singly(rows)
  if (Array.isArray(rows)) return yield* Map.groupBy(rows as readonly Row[], together).values()
  let group: Row[] = []
  for (const row of rows) {
    if (group.length > 0 && together(group[0]) !== together(row)) {
      yield group
      group = []
    }
    group.push(row)
  }
  if (group.length > 0) yield group
}

function* singly<Row>(rows: Iterable<Row>): Generator<readonly Row[]> {
  for (const row of rows) yield [row]
}

/** The rows of the wanted groups in chunks of `size`, in order. A group is never separated, so a chunk can be larger. */
function* chunksOf<Row>(
  groups: Iterable<readonly Row[]>,
  isWanted: (group: readonly Row[]) => boolean,
  size: number,
): Generator<readonly Row[]> {
  let chunk: Row[] = []
  for (const group of groups) {
    if (!isWanted(group)) continue
    if (chunk.length > 0 && chunk.length + group.length > size) {
      yield chunk
      chunk = []
    }
    chunk.push(...group)
  }
  if (chunk.length > 0) yield chunk
}

/** Has a model write the missing units: texts that continue `input`. */
export const generateMissing = <Row, Value>(
  work: EngineWork,
  units: Units<Row, Value>,
  ask: {
    readonly model: string
    readonly sampling: Sampling
    readonly input: (row: Row) => PromptInput
    readonly read: (item: GenerateItem, row: Row) => Value
  },
): Promise<void> => {
  const { engine, recipe, signal } = work
  const { model, sampling, input, read } = ask
  const request: UnitRequest<Row, GenerateItem> = async function* (chunk, onLeftOut, samples) {
    const rows = chunk.map((row, i) => ({ input: input(row), seeds: samples[i].map((sample) => units.seed?.(row, sample) ?? 0) }))
    const items = engine.generate({ model, rows, sampling, random: recipe.random, batch: recipe.batch }, { signal, onLeftOut })
    for await (const item of items) yield { ...item, sample: samples[item.row][item.sample] }
  }
  return forEachMissing(work, units, request, read)
}

/** Has a model score the texts of the missing units, one unit per row. */
export const scoreMissing = <Row, Value>(
  work: EngineWork,
  units: Units<Row, Value>,
  ask: {
    readonly model: string
    readonly choicesOnly?: boolean
    readonly input: (row: Row) => ScoreParams['rows'][number]
    readonly read: (item: ScoreItem, row: Row) => Value
  },
): Promise<void> => {
  const { engine, recipe, signal } = work
  const { model, choicesOnly, input, read } = ask
  const request: UnitRequest<Row, ScoreItem> = (chunk, onLeftOut) =>
    engine.score({ model, rows: chunk.map(input), top: 0, choicesOnly, batch: recipe.batch }, { signal, onLeftOut })
  return forEachMissing(work, units, request, read)
}

/** 0, 1, ..., count - 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** `isDone` of units whose keys are known: pairs of an ID or position, and a sample. */
export function doneAmong(keys: readonly (readonly [id: number, sample: number])[]): (id: number, sample: number) => boolean {
  const done = new Set(keys.map(([id, sample]) => `${id}/${sample}`))
  return (id, sample) => done.has(`${id}/${sample}`)
}

/**
 * The seed of a unit of a run: a pure function of the recipe's seed and the unit's place in the run, so that the unit draws the same numbers
 * whenever it runs and however often the run stopped before.
 */
export const seedAt = ({ recipe }: Pick<RunContext, 'recipe'>, ...places: Place[]): number =>
  generators[recipe.random].deriveSeed(recipe.seed, ...places)

/** A recipe's sampling settings in the engine's form. */
export const samplingOf = (settings: {
  temperature: number
  top_p: number
  top_k: number
  max_new_tokens: number
  stop: readonly string[]
}): Sampling => ({
  greedy: settings.temperature === 0,
  temperature: settings.temperature,
  topP: settings.top_p,
  topK: settings.top_k,
  maxNewTokens: settings.max_new_tokens,
  minNewTokens: 0,
  stop: [...settings.stop],
})

export const greedySampling = (maxNewTokens: number, stop: readonly string[] = []): Sampling => ({
  greedy: true,
  temperature: 0,
  topP: 1,
  topK: 0,
  maxNewTokens,
  minNewTokens: 0,
  stop: [...stop],
})
