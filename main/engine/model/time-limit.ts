import { Script } from 'node:vm'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { progressed } from '../backends/pulse.ts'

/** Time allowed for one text: far above any real tokenizer or template, which need about 10 microseconds per character. */
const limits = { fixedMs: 6_000, characterMs: 0.05, attempts: 3, starvedShare: 0.1 }

/** Cost of a character in a tokenizer's tables, relative to one in a text. */
export const tableShare = 0.01

/** How long items share one timer, since starting a timer costs up to a millisecond. */
const sliceMs = 1_000

/** Texts up to this length share a timer. */
const shortText = 20_000

const slot = Symbol.for('laurel.limited')
const holder = globalThis as unknown as { [slot]: () => void }
const script = new Script(`globalThis[Symbol.for('laurel.limited')]()`)
let isLimited = false

/**
 * Run synchronous work that depends on a foreign file (its templates, patterns and tables) within a time limit. V8 interrupts it from
 * another thread, even inside a regular expression, so no input can hang the engine. Only CPU time counts: work that was starved or
 * suspended is retried, so `work` must be safe to repeat. Its `finally` blocks don't run when it is interrupted, so it must not hold
 * resources.
 *
 * `what` starts the error message. Throws BAD_INPUT.
 */
export function withinTime<T>(what: string, characters: number, work: () => T): T {
  return each([work], { what, characters: () => characters, areRows: false }, (item) => item())[0]
}

/** Number of characters in all texts of a row. */
function charactersOf(row: unknown): number {
  if (typeof row === 'string') return row.length
  if (typeof row !== 'object' || row === null) return 0
  return Object.values(row).reduce<number>((sum, value) => sum + charactersOf(value), 0)
}

/** `withinTime` for each row of a request. The error names the row that takes too long. */
export const mapWithinTime = <Row, Result>(what: string, rows: readonly Row[], work: (row: Row, index: number) => Result): Result[] =>
  each(rows, { what, characters: charactersOf, areRows: true }, work)

interface Items<Item> {
  readonly what: string
  readonly characters: (item: Item) => number
  readonly areRows: boolean
}

function each<Item, Result>(items: readonly Item[], options: Items<Item>, work: (item: Item, index: number) => Result): Result[] {
  if (isLimited) return items.map(work) // the outer timer counts
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

/** Process items for one time slice. Returns false if the item after the last result was interrupted. */
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

/** CPU time of this thread, in milliseconds. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function tooSlow(what: string, limit: number, row: number | undefined): LaurelError {
  const message = `${what} took more than ${Math.round(limit / 1000)} seconds and was stopped`
  const remedy = "Use another model, or restore this model's original tokenizer and chat template."
  return row === undefined ? badInput(message, remedy) : new LaurelError('BAD_INPUT', message, remedy, { row })
}
