import { implement, ORPCError } from '@orpc/server'
import { contract } from '../shared/contract/contract.ts'
import { toErrorValue } from '../shared/errors.ts'
import { explainStoreError } from '../store/database/store-error.ts'
import { asCaller, type CallContext } from './review/caller.ts'

/** Converts any thrown value to the contract's error. The contract's own errors (invalid input) stay as they are. */
function contractError(thrown: unknown): ORPCError<string, unknown> {
  if (thrown instanceof ORPCError) return thrown
  const data = toErrorValue(explainStoreError(thrown))
  return new ORPCError('LAUREL', { defined: true, message: data.message, data })
}

/** The contract, for the routers to implement. */
export const api = implement(contract)
  .$context<CallContext>()
  .use(async ({ context, next }) => {
    try {
      return await asCaller(context, next)
    } catch (thrown) {
      throw contractError(thrown)
    }
  })

/** A stream for the UI: errors thrown midway reach the caller like any other. */
export async function* streamed<Value>(values: AsyncIterable<Value>): AsyncGenerator<Value, void, void> {
  try {
    yield* values
  } catch (thrown) {
    throw contractError(thrown)
  }
}
