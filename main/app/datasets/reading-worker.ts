import { parentPort } from 'node:worker_threads'
import type { Question } from '../../common/worker-thread.ts'
import { toErrorValue } from '../../shared/errors.ts'
import { type DataReader, dataReader } from './reader.ts'

/** The thread that reads data files. Answers one question at a time, in order of arrival. */

const reader = dataReader() as unknown as Record<keyof DataReader, (params: unknown) => Promise<unknown>>
let turn: Promise<void> = Promise.resolve()

parentPort?.on('message', ({ id, method, params }: Question) => {
  turn = turn.then(async () => {
    try {
      parentPort?.postMessage({ id, result: await reader[method as keyof DataReader](params) })
    } catch (thrown) {
      parentPort?.postMessage({ id, error: toErrorValue(thrown) })
    }
  })
})
