import { parentPort } from 'node:worker_threads'
import type { Answer, Question } from '../common/worker-thread.ts'
import { toErrorValue } from '../shared/errors.ts'
import { threadMethods } from './thread-methods.ts'

/** The model thread, which handles one request at a time, in order. */

const methods = threadMethods as unknown as Readonly<Record<string, (...params: unknown[]) => unknown>>
const reply = (answer: Answer): void => parentPort?.postMessage(answer)
let turn: Promise<void> = Promise.resolve()

parentPort?.on('message', ({ id, method, params }: Question) => {
  turn = turn.then(async () => {
    try {
      reply({ id, result: await methods[method](...(params as unknown[])) })
    } catch (thrown) {
      reply({ id, error: toErrorValue(thrown) })
    }
  })
})
