import { oc } from '@orpc/contract'
import { errorValue } from '../engine-protocol.ts'

interface CallMeta {
  /** Changes nothing, starts nothing, and reads nothing but what Laurel has stored: open to a window that may only look. */
  readonly isReading: boolean
}

/** Base of every API call: any failure reaches the caller as a `LAUREL` error whose data is code, message, and remedy. */
export const procedure = oc.$meta<CallMeta>({ isReading: false }).errors({ LAUREL: { data: errorValue } })

/** Base of the calls that only read. */
export const reading = procedure.meta({ isReading: true })
