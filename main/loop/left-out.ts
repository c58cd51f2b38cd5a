import { badInput } from '../common/errors.ts'
import { type Stage, warn } from './context.ts'

/** Rows of a piece of work that couldn't be done, each with its name and why. */
export interface LeftOut<Row> {
  /** A row that can't be done; one that is met again counts once. */
  readonly add: (row: Row, reason: string) => void
  readonly count: () => number
  /** All of them in one sentence: "1 of 8 ranked answers was left out: answer 6 ("..."): 420 tokens don't fit". */
  readonly text: () => string
}

/** How many rows a warning names; the rest are counted. */
const named = 3

/** Collect the rows of some work that can't be done. `what` names them all, in the plural; `nameOf` one, so that it can be found. */
export function leftOutRows<Row>(what: string, total: number, nameOf: (row: Row) => string): LeftOut<Row> {
  const reasons = new Map<string, string>()
  return {
    add: (row, reason) => void reasons.set(nameOf(row), reason),
    count: () => reasons.size,
    text() {
      const shown = [...reasons].slice(0, named).map(([name, reason]) => `${name}: ${reason}`)
      const more = reasons.size > named ? `; and ${reasons.size - named} more` : ''
      return `${reasons.size} of ${total} ${what} ${reasons.size === 1 ? 'was' : 'were'} left out: ${shown.join('; ')}${more}.`
    },
  }
}

/** Warn of rows that were left out. Where that is all of them and the stage `needs` some, throws BAD_INPUT. */
export function reportLeftOut<Row>(
  stage: Stage,
  leftOut: LeftOut<Row>,
  { total, needs = false }: { total: number; needs?: boolean },
): void {
  if (leftOut.count() === 0) return
  if (needs && leftOut.count() === total) {
    throw badInput(
      `Nothing is left to go on with: ${leftOut.text()}`,
      'Use a model with a longer context, or shorten the data or the judge prompt.',
    )
  }
  warn(stage, 'left-out', leftOut.text())
}

/** The beginning of a text, on one line, to tell which one is meant. */
export const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 39)}…` : line)
}
