import { oc } from '@orpc/contract'
import { errorValue } from '../../engine/protocol.ts'

/**
 * What every call of the contract is made of: whatever goes wrong reaches the caller as a `LAUREL` error whose data is code, message
 * and remedy.
 */
export const procedure = oc.errors({ LAUREL: { data: errorValue } })
