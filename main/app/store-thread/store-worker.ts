import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, Question } from '../../common/worker-thread.ts'
import { toErrorValue } from '../../shared/errors.ts'
import { explainStoreError } from '../../store/database/store-error.ts'
import { storeMethods } from './methods.ts'

/** The thread that reads the store. Answers one question at a time, in order of arrival. */

const { home } = workerData as { home: string }
const methodOf = storeMethods(home)
let turn: Promise<void> = Promise.resolve()

const reply = (answer: Answer): void => parentPort?.postMessage(answer)

parentPort?.on('message', ({ id, method, params }: Question) => {
  turn = turn.then(async () => {
    try {
      reply({ id, result: await methodOf(method)(...(params as unknown[])) })
    } catch (thrown) {
      reply({ id, error: toErrorValue(explainStoreError(thrown)) })
    }
  })
})
