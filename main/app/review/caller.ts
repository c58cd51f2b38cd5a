import { AsyncLocalStorage } from 'node:async_hooks'

/** The header in which a window names its user. Percent-encoded: a name may have any characters. */
export const reviewerHeader = 'x-laurel-reviewer'

/** What a call to the API brings along besides its input. */
export interface CallContext {
  readonly reqHeaders?: Headers
  /** From a window that may look at everything and change nothing. */
  readonly isReadOnly?: boolean
}

const callers = new AsyncLocalStorage<string>()

/** The longest name. */
const longest = 80

/** Runs a call with the name that its window gives. */
export const asCaller = <Result>({ reqHeaders }: CallContext, call: () => Result): Result => callers.run(nameIn(reqHeaders), call)

/** The name of the user whose call this is; empty: the window gives none. */
export const callerName = (): string => callers.getStore() ?? ''

function nameIn(headers: Headers | undefined): string {
  try {
    return decodeURIComponent(headers?.get(reviewerHeader) ?? '')
      .replaceAll(/\p{C}/gu, '')
      .trim()
      .slice(0, longest)
  } catch {
    return '' // not percent-encoded
  }
}
