import { badInput } from '../shared/errors.ts'
import { type Stage, warn } from './run-context.ts'
import { range, type Units } from './stage-work.ts'

/** How units are named to the user. */
export interface UnitWords<Row> {
  /** Labels the progress: "responses of M1". */
  readonly what: string
  /** Plural noun for the rows, and what identifies one of them, for the report of the rows that were left out. */
  readonly noun: string
  readonly nameOf: (row: Row) => string
}

interface Extent {
  readonly rows: number
  readonly done: number
}

/** A stage's units of work. Which units are done is read from the store with the rows. */
interface StageUnits<Row, Value>
  extends Pick<Units<Row, Value>, 'rows' | 'samples' | 'seed' | 'isDone' | 'keep'>,
    Partial<Pick<Units<Row, Value>, 'leaveOut'>>,
    UnitWords<Row> {
  /** How many rows there are and how many units are done, where counting them would read every row. */
  readonly extent?: Extent
  /** Whether the stage fails if every row is left out. */
  readonly needsSome?: boolean
}

/**
 * Units of a stage, with reports to the user: progress, and at the end a warning about rows that were left out. If left-out rows are stored
 * (`leaveOut`), then together with the warning, so that a resumed stage neither loses nor repeats it.
 */
export function unitsOfStage<Row, Value>(
  stage: Stage,
  { what, noun, nameOf, needsSome, leaveOut, extent, ...units }: StageUnits<Row, Value>,
): Units<Row, Value> & { readonly leftOut: () => number } {
  const { samples, keep } = units
  const { rows, done } = extent ?? extentOf(units)
  const leftOut = leftOutRows(stage, noun, rows, nameOf)
  const toStore: (() => void)[] = []
  let progress: Progress | undefined
  return {
    ...units,
    inTransaction: stage.store.transaction,
    begin() {
      progress = progressOf(stage, what, rows * samples, done)
    },
    keep(row, sample, value) {
      keep(row, sample, value)
      progress?.add()
    },
    leaveOut(row, reason) {
      leftOut.add(row, reason)
      if (leaveOut !== undefined) toStore.push(() => leaveOut(row, reason))
    },
    end() {
      progress?.end()
      if (toStore.length === 0) return leftOut.report(needsSome)
      stage.store.transaction(() => {
        for (const store of toStore) store()
        leftOut.report(needsSome)
      })
    },
    leftOut: leftOut.count,
  }
}

function extentOf<Row>({ rows, samples, isDone }: Pick<Units<Row, unknown>, 'rows' | 'samples' | 'isDone'>): Extent {
  let [count, done] = [0, 0]
  for (const row of rows) {
    count++
    done += range(samples).filter((sample) => isDone(row, sample)).length
  }
  return { rows: count, done }
}

/** Minimum time between progress reports. */
const intervalMs = 250
/** Seconds to observe before reporting a rate. */
const settleSeconds = 2

/** Counts the units of one kind of work and reports progress, rate, and time left. */
export interface Progress {
  add(units?: number): void
  /** Reports the final count, even if the last report was too recent. */
  end(): void
}

/**
 * Starts counting. `done` units from earlier attempts count as done but not towards the rate, nor do those that arrive first: until then, a
 * model is loaded and a whole batch started.
 */
export function progressOf({ tell, iteration, stage }: Stage, what: string, total: number, done = 0): Progress {
  let now = done
  let first: { readonly at: number; readonly done: number } | undefined
  let told = Number.NEGATIVE_INFINITY
  const report = (): void => {
    const seconds = first === undefined ? 0 : (performance.now() - first.at) / 1000
    const perSecond = first !== undefined && seconds >= settleSeconds && now > first.done ? (now - first.done) / seconds : null
    told = performance.now()
    tell({ kind: 'progress', iteration, stage, what, done: now, total, perSecond, secondsLeft: perSecond && (total - now) / perSecond })
  }
  report()
  return {
    add(units = 1) {
      now += units
      first ??= { at: performance.now(), done: now }
      if (performance.now() - told >= intervalMs) report()
    },
    end: report,
  }
}

/** Rows that couldn't be processed, each with its name and the reason. */
export interface LeftOutRows<Row> {
  /** Adds a row; a repeated row counts once. */
  readonly add: (row: Row, reason: string) => void
  readonly count: () => number
  /**
   * Warns about the rows in a sentence: "1 of 8 ranked answers was left out: answer 6 ("..."): 420 tokens don't fit". Throws BAD_INPUT if
   * none remain and the stage needs some.
   */
  readonly report: (needsSome?: boolean) => void
}

/** How many rows a warning names before it only counts them. */
const named = 3

/** Collects rows that can't be processed. `noun` is plural; `nameOf` identifies one of them. */
export function leftOutRows<Row>(stage: Stage, noun: string, total: number, nameOf: (row: Row) => string): LeftOutRows<Row> {
  const reasons = new Map<string, string>()
  return {
    add: (row, reason) => void reasons.set(nameOf(row), reason),
    count: () => reasons.size,
    report(needsSome = false) {
      if (reasons.size === 0) return
      const shown = [...reasons].slice(0, named).map(([name, reason]) => `${name}: ${reason}`)
      const more = reasons.size > named ? `; and ${reasons.size - named} more` : ''
      const text = `${reasons.size} of ${total} ${noun} ${reasons.size === 1 ? 'was' : 'were'} left out: ${shown.join('; ')}${more}.`
      if (!needsSome || reasons.size < total) return warn(stage, 'left-out', text)
      throw badInput(
        `Nothing is left to continue with: ${text}`,
        'Use a model with a longer context, or shorten the data or the judge prompt.',
      )
    },
  }
}

/** The start of a text on one line, to identify it by. */
export const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return JSON.stringify(line.length > 40 ? `${line.slice(0, 39)}…` : line)
}
