import { badInput } from '../shared/errors.ts'
import { type Stage, warn } from './run-context.ts'

/** Rows that couldn't be processed, each with its name and the reason. */
export interface LeftOut<Row> {
  /** Adds a row; a repeated row counts once. */
  readonly add: (row: Row, reason: string) => void
  readonly count: () => number
  /** A one-sentence summary: "1 of 8 ranked answers was left out: answer 6 ("..."): 420 tokens don't fit". */
  readonly text: () => string
}

/** How many rows a warning names before it only counts them. */
const named = 3

/** Collects rows that can't be processed. `what` is their plural noun; `nameOf` identifies one of them. */
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

/** Warns about the rows that were left out. Throws BAD_INPUT if none remain and the stage `needs` some. */
export function reportLeftOut<Row>(
  stage: Stage,
  leftOut: LeftOut<Row>,
  { total, needs = false }: { total: number; needs?: boolean },
): void {
  if (leftOut.count() === 0) return
  if (needs && leftOut.count() === total) {
    throw badInput(
      `Nothing is left to continue with: ${leftOut.text()}`,
      'Use a model with a longer context, or shorten the data or the judge prompt.',
    )
  }
  warn(stage, 'left-out', leftOut.text())
}

/** The start of a text on one line, to identify it by. */
export const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 39)}…` : line)
}
