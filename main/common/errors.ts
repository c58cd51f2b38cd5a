/**
 * The one error type of Laurel: what happened, and what the user can do about it.
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
  'DISK_FAILED', // the disk or its file system reports an error
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
  const error = storageError(thrown)
  if (error instanceof LaurelError) {
    const { code, message, remedy, row } = error
    return row === undefined ? { code, message, remedy } : { code, message, remedy, row }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (/OOM when allocating|bad_alloc|out of memory/i.test(text)) {
    return { code: 'OUT_OF_MEMORY', message: text, remedy: 'Use a smaller batch, shorter rows or bfloat16, then resume.' }
  }
  return { code: 'INTERNAL', message: text, remedy: 'This is a bug in Laurel. Please report it with this text.' }
}

/** What Node adds to an error of the operating system (this file is the window's too, where there is no Node). */
interface SystemError extends Error {
  readonly code?: unknown
  readonly path?: string
  readonly syscall?: string
}

/**
 * What the disk or the file system refused, in words (the store does the same for SQLite): where, what, and what to do. Any other error comes back as it is. `path` says which
 * file it is about where the system's own error doesn't (a write to an open file knows no name).
 */
export function storageError(thrown: unknown, path?: string): unknown {
  if (!(thrown instanceof Error) || thrown instanceof LaurelError) return thrown
  const { code, path: ownPath, syscall } = thrown as SystemError
  if (typeof code !== 'string') return /ENOSPC|No space left/.test(thrown.message) ? diskFull(path ?? 'The disk', thrown) : thrown
  if (syscall === undefined && !(code in refusals)) return thrown
  const place = path ?? ownPath ?? 'A file'
  if (code === 'ENOSPC') return diskFull(place, thrown)
  const refusal = refusals[unnamedCodes[code] ?? code]
  if (refusal === undefined) return thrown
  const [kind, what, remedy] = refusal
  return new LaurelError(kind, `${place}: ${what} (${unnamedCodes[code] ?? code})`, remedy, { cause: thrown })
}

const diskFull = (place: string, cause: Error): LaurelError =>
  new LaurelError('DISK_FULL', `${place}: the disk is full`, 'Free disk space, then try again: what was stored before is safe.', { cause })

const permissions = 'Check the permissions of this place, or choose another.'

/** Answers that libuv has no name for, by what Node says instead (Linux, macOS). */
const unnamedCodes: Readonly<Record<string, string>> = {
  'Unknown system error -122': 'EDQUOT',
  'Unknown system error -69': 'EDQUOT',
  'Unknown system error -116': 'ESTALE',
  'Unknown system error -70': 'ESTALE',
}

/** What the operating system may answer, by its code. */
const refusals: Readonly<Record<string, readonly [ErrorCode, what: string, remedy: string]>> = {
  EDQUOT: ['DISK_FULL', 'your disk quota is used up', 'Free disk space, then try again: what was stored before is safe.'],
  EFBIG: ['DISK_FULL', 'the file is larger than this file system allows', 'Use another disk.'],
  EIO: [
    'DISK_FAILED',
    'the disk reports an error',
    'Check the disk, or the network drive it is, then try again: what was stored before is safe.',
  ],
  ESTALE: ['DISK_FAILED', 'the network drive has lost this file', 'Check the network drive, then try again.'],
  EROFS: ['BAD_INPUT', 'this place is read-only', permissions],
  EACCES: ['BAD_INPUT', 'access is denied', permissions],
  EPERM: ['BAD_INPUT', 'access is denied', permissions],
  ENOENT: ['NOT_FOUND', 'there is no such file or folder', 'Check the path.'],
  ENOTDIR: ['BAD_INPUT', 'a part of the path is not a folder', 'Check the path.'],
  EISDIR: ['BAD_INPUT', 'this is a folder', 'Name a file.'],
  EEXIST: ['BAD_INPUT', 'something of this name exists already', 'Choose another name.'],
  ENOTEMPTY: ['BAD_INPUT', 'the folder is not empty', 'Choose another name.'],
  ELOOP: ['BAD_INPUT', 'its links lead in a circle', 'Correct the links.'],
  ENAMETOOLONG: ['BAD_INPUT', 'the name is too long for this file system', 'Choose a shorter one.'],
  EINVAL: ['BAD_INPUT', 'the file system does not accept this', 'Choose another place.'],
  EBUSY: ['BUSY', 'another program is using it', 'Close that program, then try again.'],
  ETXTBSY: ['BUSY', 'another program is using it', 'Close that program, then try again.'],
  EMFILE: ['BUSY', 'too many files are open', 'Close other programs or raise the limit (ulimit -n), then try again.'],
  ENFILE: ['BUSY', 'too many files are open', 'Close other programs, then try again.'],
  ENOMEM: ['OUT_OF_MEMORY', 'the system is out of memory', 'Close other programs, then try again.'],
}

/** The error a value that crossed a border stands for. */
export const fromErrorValue = ({ code, message, remedy, row }: ErrorValue): LaurelError => new LaurelError(code, message, remedy, { row })

/** Compile-time proof that a switch over a union is complete. */
export function assertNever(value: never): never {
  throw new LaurelError('INTERNAL', `Unexpected value ${JSON.stringify(value)}`, 'This is a bug in Laurel. Please report it.')
}
