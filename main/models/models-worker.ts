import { answerRequests } from '../common/worker-thread.ts'
import { threadMethods } from './thread-methods.ts'

/** The model thread. */

const methods = threadMethods as unknown as Readonly<Record<string, (...params: unknown[]) => unknown>>
answerRequests((method, params) => methods[method](...(params as unknown[])))
