/**
 * The one error type of Laurel: what happened, and what the person can do about it.
 *
 * Errors cross process and network borders as plain `{ code, message, remedy }` values, so code that must react to an
 * error looks at `code`, never at the text.
 */
export const errorCodes = [
  'BAD_INPUT', // a file, row, option or document that is not what it should be
  'NOT_FOUND', // a file, run, model or recipe that does not exist
  'UNSUPPORTED', // valid, but something Laurel cannot do (an architecture, a quantisation)
  'RUNTIME_MISSING', // the native library cannot be had or does not load
  'ENGINE_LOST', // the engine process died
  'OUT_OF_MEMORY',
  'DISK_FULL',
  'STOPPED', // a person or signal asked for a stop; nothing is wrong
  'BUSY', // something else holds the run or the database
  'NUMERIC', // a loss or weight became NaN or infinite
  'INTERNAL', // a defect of Laurel
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** An error as it crosses a border. */
export interface ErrorValue {
  readonly code: ErrorCode
  readonly message: string
  readonly remedy: string
  /** Which of the rows that were handed over is at fault (the first is 0), where it is one of them. */
  readonly row?: number
}

export class LaurelError extends Error {
  readonly code: ErrorCode
  readonly remedy: string
  readonly row?: number

  constructor(code: ErrorCode, message: string, remedy: string, options?: ErrorOptions & { row?: number }) {
    super(message, options)
    this.name = 'LaurelError'
    this.code = code
    this.remedy = remedy
    this.row = options?.row
  }
}

/** Shorthand for the commonest error: input that is not what it should be. */
export const badInput = (message: string, remedy: string): LaurelError => new LaurelError('BAD_INPUT', message, remedy)

/** What an operation throws when it ends early because somebody asked for it. */
export const stopped = (): LaurelError => new LaurelError('STOPPED', 'Stopped as asked.', 'Run the same command again to go on.')

/** Any thrown value as an error that can cross a border. Keeps the inner text: it is what a bug report needs. */
export function toErrorValue(thrown: unknown): ErrorValue {
  if (thrown instanceof LaurelError) {
    const { code, message, remedy, row } = thrown
    return row === undefined ? { code, message, remedy } : { code, message, remedy, row }
  }
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  if (/ENOSPC|No space left/.test(text)) return { code: 'DISK_FULL', message: text, remedy: 'Free disk space, then resume.' }
  if (/OOM when allocating|bad_alloc|out of memory/i.test(text)) {
    return { code: 'OUT_OF_MEMORY', message: text, remedy: 'Use a smaller batch, shorter rows or bfloat16, then resume.' }
  }
  return { code: 'INTERNAL', message: text, remedy: 'This is a defect of Laurel: please report it with this text.' }
}

/** The error a value that crossed a border stands for. */
export const fromErrorValue = ({ code, message, remedy, row }: ErrorValue): LaurelError => new LaurelError(code, message, remedy, { row })

/** Compile-time proof that a switch over a union is complete. */
export function assertNever(value: never): never {
  throw new LaurelError('INTERNAL', `Unexpected value ${JSON.stringify(value)}`, 'This is a defect of Laurel: please report it.')
}
