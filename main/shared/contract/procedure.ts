import { oc } from '@orpc/contract'
import { errorValue } from '../engine-protocol.ts'

/** Base of every API call: any failure reaches the caller as a `LAUREL` error whose data is code, message, and remedy. */
export const procedure = oc.errors({ LAUREL: { data: errorValue } })
