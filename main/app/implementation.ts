import { implement, ORPCError } from '@orpc/server'
import { contract } from '../shared/contract/contract.ts'
import { LaurelError, toErrorValue } from '../shared/errors.ts'
import { explainStoreError } from '../store/database/store-error.ts'
import { asCaller, type CallContext } from './review/caller.ts'

/** Converts any thrown value to the contract's error. The contract's own errors (invalid input) stay as they are. */
function contractError(thrown: unknown): ORPCError<string, unknown> {
  if (thrown instanceof ORPCError) return thrown
  const data = toErrorValue(explainStoreError(thrown))
  return new ORPCError('LAUREL', { defined: true, message: data.message, data })
}

const readOnly = (): LaurelError =>
  new LaurelError(
    'READ_ONLY',
    'This window is read-only: it shows what Laurel has stored, and can’t do this.',
    'Open the address that `laurel link` prints on the machine where Laurel runs.',
  )

/** The contract, for the routers to implement. */
export const api = implement(contract)
  .$context<CallContext>()
  .use(async ({ context, next, procedure }) => {
    try {
      if (context.isReadOnly && !procedure['~orpc'].meta.isReading) throw readOnly()
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
