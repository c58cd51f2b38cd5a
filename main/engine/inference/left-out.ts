import type { LeftOutRow } from '../../shared/engine-protocol.ts'
import { LaurelError } from '../../shared/errors.ts'
import { mapWithinTime } from '../model/time-limit.ts'

/** Usable rows, and skipped ones. */
export interface PreparedRows<Result> {
  readonly kept: readonly Result[]
  readonly leftOut: readonly LeftOutRow[]
}

const isBadRow = (error: unknown): error is LaurelError =>
  error instanceof LaurelError && error.row !== undefined && (error.code === 'BAD_INPUT' || error.code === 'UNSUPPORTED')

/**
 * Prepare a request's rows within their time limits; `what` starts the time limit's error message. With `leaveOut`, a row whose own content
 * is bad (the error names the row) is skipped. Otherwise, and for any other error, the request fails.
 */
export function prepareRows<Row, Result>(
  what: string,
  rows: readonly Row[],
  leaveOut: boolean | undefined,
  prepare: (row: Row, index: number) => Result,
): PreparedRows<Result> {
  const prepared = mapWithinTime(what, rows, (row, index): { kept: Result } | LeftOutRow => {
    try {
      return { kept: prepare(row, index) }
    } catch (error) {
      if (leaveOut !== true || !isBadRow(error)) throw error
      return { leftOut: error.message, row: index }
    }
  })
  return {
    kept: prepared.flatMap((item) => ('kept' in item ? [item.kept] : [])),
    leftOut: prepared.flatMap((item) => ('kept' in item ? [] : [item])),
  }
}
