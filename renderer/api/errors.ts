import { ORPCError } from '@orpc/client'

/** What a person needs of an error: what happened, and what to do. */
export interface ShownError {
  readonly code: string
  readonly message: string
  readonly remedy: string
}

/** Any error that a call can end with. */
export function shownError(thrown: unknown): ShownError {
  if (!(thrown instanceof Error) && isShownError(thrown)) return thrown // told as a value, for instance in a stream
  if (thrown instanceof ORPCError) {
    const data: unknown = thrown.data
    if (isShownError(data)) return data
    if (thrown.code === 'BAD_REQUEST') return { code: 'BAD_INPUT', message: 'This was not understood.', remedy: 'Check what was entered.' }
    return { code: thrown.code, message: thrown.message, remedy: 'Try again; the log in System tells more.' }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { code: 'OFFLINE', message, remedy: 'This page reconnects by itself. Check that Laurel is still running.' }
}

const isShownError = (data: unknown): data is ShownError =>
  typeof data === 'object' && data !== null && 'code' in data && 'message' in data && 'remedy' in data
