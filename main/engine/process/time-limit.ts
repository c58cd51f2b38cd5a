import { Script } from 'node:vm'
import { badInput, LaurelError } from '../../common/errors.ts'
import { progressed } from './pulse.ts'

/** What reading one text may take: far above any real tokenizer and template, which need 10 microseconds a character. */
const limits = { fixedMs: 6_000, characterMs: 0.05, attempts: 3, starvedShare: 0.1 }

/** A character of a tokenizer's tables takes this part of what one of a text takes. */
export const tableShare = 0.01

/** How long items are worked through under one clock, since starting a clock costs up to a millisecond. */
const sliceMs = 1_000

/** Texts up to this length share a clock with their neighbors. */
const shortText = 20_000

const slot = Symbol.for('laurel.limited')
const holder = globalThis as unknown as { [slot]: () => void }
const script = new Script(`globalThis[Symbol.for('laurel.limited')]()`)
let isLimited = false

/**
 * Do synchronous work that a foreign file decides about (its templates, patterns and tables) within a limit of time. V8 itself ends the work from a
 * thread of its own, in the middle of a regular expression too, so no input can hold the engine. Only processor time counts: work that was starved or
 * asleep gets another attempt, so `work` must be safe to repeat. Its `finally` blocks don't run where it is ended: nothing to be freed may be made in it.
 *
 * `what` begins the sentence of the error. Throws BAD_INPUT.
 */
export function withinTime<T>(what: string, characters: number, work: () => T): T {
  return each([work], { what, characters: () => characters, areRows: false }, (item) => item())[0]
}

/** The characters of all texts in a row. */
export function charactersOf(row: unknown): number {
  if (typeof row === 'string') return row.length
  if (typeof row !== 'object' || row === null) return 0
  return Object.values(row).reduce<number>((sum, value) => sum + charactersOf(value), 0)
}

/** The same for each of a request's rows: one that takes too long is named in the error. */
export const mapWithinTime = <Row, Result>(what: string, rows: readonly Row[], work: (row: Row, index: number) => Result): Result[] =>
  each(rows, { what, characters: charactersOf, areRows: true }, work)

interface Items<Item> {
  readonly what: string
  readonly characters: (item: Item) => number
  readonly areRows: boolean
}

function each<Item, Result>(items: readonly Item[], options: Items<Item>, work: (item: Item, index: number) => Result): Result[] {
  if (isLimited) return items.map(work) // the clock outside counts
  const { what, characters, areRows } = options
  const results: Result[] = []
  let attempts = 0
  while (results.length < items.length) {
    const index = results.length
    const length = characters(items[index])
    const limit = limits.fixedMs + length * limits.characterMs
    const before = processorMs()
    const isDone = runSlice(items, results, { limit, alone: length > shortText, characters, work })
    attempts = results.length === index ? attempts + 1 : 0
    const starved = processorMs() - before < limit * limits.starvedShare
    if (!isDone && (!starved || attempts >= limits.attempts)) throw tooSlow(what, limit, areRows ? results.length : undefined)
  }
  return results
}

interface Slice<Item, Result> {
  readonly limit: number
  readonly alone: boolean
  readonly characters: (item: Item) => number
  readonly work: (item: Item, index: number) => Result
}

/** Work through items for a while. False: the clock ended the item after the last result. */
function runSlice<Item, Result>(
  items: readonly Item[],
  results: Result[],
  { limit, alone, characters, work }: Slice<Item, Result>,
): boolean {
  const end = performance.now() + sliceMs
  isLimited = true
  holder[slot] = () => {
    do {
      progressed()
      results.push(work(items[results.length], results.length))
    } while (!alone && results.length < items.length && performance.now() < end && characters(items[results.length]) <= shortText)
  }
  try {
    script.runInThisContext({ timeout: Math.ceil(sliceMs + limit) })
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
    throw thrown
  } finally {
    isLimited = false
    holder[slot] = () => {}
  }
}

/** Milliseconds of processor time that this thread has had. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function tooSlow(what: string, limit: number, row: number | undefined): LaurelError {
  const message = `${what} takes more than ${Math.round(limit / 1000)} seconds, so it was ended`
  const remedy = "Use another model, or this one's tokenizer and chat template as its makers published them."
  return row === undefined ? badInput(message, remedy) : new LaurelError('BAD_INPUT', message, remedy, { row })
}
