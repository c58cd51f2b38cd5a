import { ORPCError } from '@orpc/client'

/** An error as shown to the user: what happened, and what to do. */
export interface ShownError {
  readonly code: string
  readonly message: string
  readonly remedy: string
}

/** Converts whatever a call throws. */
export function shownError(thrown: unknown): ShownError {
  if (!(thrown instanceof Error) && isShownError(thrown)) return thrown // sent as a value, for example in a stream
  if (thrown instanceof ORPCError) {
    const data: unknown = thrown.data
    if (isShownError(data)) return data
    if (thrown.code === 'BAD_REQUEST') return { code: 'BAD_INPUT', message: 'Invalid input.', remedy: 'Check the values you entered.' }
    return { code: thrown.code, message: thrown.message, remedy: 'Try again. For details, see the log under System.' }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { code: 'OFFLINE', message, remedy: 'This page reconnects automatically. Check that Laurel is still running.' }
}

const isShownError = (data: unknown): data is ShownError =>
  typeof data === 'object' && data !== null && 'code' in data && 'message' in data && 'remedy' in data
