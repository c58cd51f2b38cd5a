import { implement, ORPCError } from '@orpc/server'
import { toErrorValue } from '../common/errors.ts'
import { explainStoreError } from '../store/store-error.ts'
import { contract } from './contract.ts'

/** Any thrown value as the contract's error. What the contract itself refuses (input of another form) stays as it is. */
export function contractError(thrown: unknown): ORPCError<string, unknown> {
  if (thrown instanceof ORPCError) return thrown
  const data = toErrorValue(explainStoreError(thrown))
  return new ORPCError('LAUREL', { defined: true, message: data.message, data })
}

/** The contract, to be filled in by the routers. */
export const api = implement(contract).use(async ({ next }) => {
  try {
    return await next()
  } catch (thrown) {
    throw contractError(thrown)
  }
})

/** A stream for a window: what it throws on its way reaches the caller as any other error. */
export async function* streamed<Value>(values: AsyncIterable<Value>): AsyncGenerator<Value, void, void> {
  try {
    yield* values
  } catch (thrown) {
    throw contractError(thrown)
  }
}
