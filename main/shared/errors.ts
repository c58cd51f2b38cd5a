/**
 * Laurel's error type: what happened, and what the user can do about it.
 *
 * Errors cross process and network boundaries as plain `{ code, message, remedy }` values, so code that reacts to an
 * error checks `code`, never the text.
 */
export const errorCodes = [
  'BAD_INPUT', // an invalid file, row, option, or document
  'NOT_FOUND', // a file, run, model, or recipe that doesn't exist
  'UNSUPPORTED', // valid, but beyond what Laurel can do (an architecture, a quantization)
  'RUNTIME_MISSING', // the native library isn't available or doesn't load
  'ENGINE_LOST', // the engine process died
  'OUT_OF_MEMORY',
  'DISK_FULL',
  'DISK_FAILED', // the disk or its file system reports an error
  'STOPPED', // a user or signal requested a stop; nothing is wrong
  'BUSY', // another process holds the run or the database
  'READ_ONLY', // the caller may look, but not change anything
  'NUMERIC', // a loss or weight became NaN or infinite
  'NETWORK', // a server that can't be reached, or that answers wrongly
  'INTERNAL', // a bug in Laurel
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** An error in the form that crosses process boundaries. */
export interface ErrorValue {
  readonly code: ErrorCode
  readonly message: string
  readonly remedy: string
  /** The index of the input row at fault, if it is a single row. */
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

/** Shorthand for the most common error: invalid input. */
export const badInput = (message: string, remedy: string): LaurelError => new LaurelError('BAD_INPUT', message, remedy)

/** What an operation throws when it ends early because a user stopped it. */
export const stopped = (): LaurelError => new LaurelError('STOPPED', 'Stopped.', 'Run the same command again to continue.')

/** Whether work ended because a user or a signal stopped it. */
export const isStopped = (thrown: unknown): boolean => thrown instanceof LaurelError && thrown.code === 'STOPPED'

/** Any thrown value as an error that can cross process boundaries. Keeps the inner text, which a bug report needs. */
export function toErrorValue(thrown: unknown): ErrorValue {
  const error = storageError(thrown)
  if (error instanceof LaurelError) {
    const { code, message, remedy, row } = error
    return row === undefined ? { code, message, remedy } : { code, message, remedy, row }
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (/OOM when allocating|bad_alloc|out.of.memory|RESOURCE_EXHAUSTED|failed to allocate memory/i.test(text)) {
    return { code: 'OUT_OF_MEMORY', message: text, remedy: 'Use a smaller batch, shorter rows or bfloat16, then resume.' }
  }
  return { code: 'INTERNAL', message: text, remedy: 'This is a bug in Laurel. Please report it with this text.' }
}

/** Node's fields of an operating system error (the window loads this file too, without Node's types). */
interface SystemError extends Error {
  readonly code?: unknown
  readonly path?: string
  readonly syscall?: string
}

/**
 * An error of the disk or file system as a LaurelError that says where, what, and what to do (the store does the same for SQLite); any other error
 * unchanged. `path` names the file if the system's error doesn't (a write to an open file has no name).
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
  new LaurelError('DISK_FULL', `${place}: the disk is full`, 'Free disk space, then try again. Everything stored so far is safe.', {
    cause,
  })

const permissions = 'Check the permissions of this location, or choose another one.'

/** Error codes that libuv has no name for, by Node's replacement (Linux, macOS). */
const unnamedCodes: Readonly<Record<string, string>> = {
  'Unknown system error -122': 'EDQUOT',
  'Unknown system error -69': 'EDQUOT',
  'Unknown system error -116': 'ESTALE',
  'Unknown system error -70': 'ESTALE',
}

/** Operating system errors by code. */
const refusals: Readonly<Record<string, readonly [ErrorCode, what: string, remedy: string]>> = {
  EDQUOT: ['DISK_FULL', 'your disk quota is used up', 'Free disk space, then try again. Everything stored so far is safe.'],
  EFBIG: ['DISK_FULL', 'the file is larger than this file system allows', 'Use another disk.'],
  EIO: ['DISK_FAILED', 'the disk reports an error', 'Check the disk or network drive, then try again. Everything stored so far is safe.'],
  ESTALE: ['DISK_FAILED', 'the network drive has lost this file', 'Check the network drive, then try again.'],
  EROFS: ['BAD_INPUT', 'this location is read-only', permissions],
  EACCES: ['BAD_INPUT', 'access is denied', permissions],
  EPERM: ['BAD_INPUT', 'access is denied', permissions],
  ENOENT: ['NOT_FOUND', 'no such file or folder', 'Check the path.'],
  ENOTDIR: ['BAD_INPUT', 'part of the path is not a folder', 'Check the path.'],
  EISDIR: ['BAD_INPUT', 'this is a folder', 'Choose a file.'],
  EEXIST: ['BAD_INPUT', 'this name already exists', 'Choose another name.'],
  ENOTEMPTY: ['BAD_INPUT', 'the folder is not empty', 'Choose another name.'],
  ELOOP: ['BAD_INPUT', 'its links form a loop', 'Fix the links.'],
  ENAMETOOLONG: ['BAD_INPUT', 'the name is too long for this file system', 'Choose a shorter name.'],
  EINVAL: ['BAD_INPUT', "the file system doesn't support this", 'Choose another location.'],
  EBUSY: ['BUSY', 'another program is using it', 'Close that program, then try again.'],
  ETXTBSY: ['BUSY', 'another program is using it', 'Close that program, then try again.'],
  EMFILE: ['BUSY', 'too many files are open', 'Close other programs or raise the limit (ulimit -n), then try again.'],
  ENFILE: ['BUSY', 'too many files are open', 'Close other programs, then try again.'],
  ENOMEM: ['OUT_OF_MEMORY', 'the system is out of memory', 'Close other programs, then try again.'],
}

/** The LaurelError for a value that crossed a process boundary. */
export const fromErrorValue = ({ code, message, remedy, row }: ErrorValue): LaurelError => new LaurelError(code, message, remedy, { row })

/** Compile-time proof that a switch over a union is complete. */
export function assertNever(value: never): never {
  throw new LaurelError('INTERNAL', `Unexpected value ${JSON.stringify(value)}`, 'This is a bug in Laurel. Please report it.')
}
