import { parentPort } from 'node:worker_threads'
import type { Question } from '../common/worker-thread.ts'
import { toErrorValue } from '../shared/errors.ts'
import { importFile } from './import-file.ts'
import type { ImportQuestions } from './import-thread.ts'
import { seedProblems } from './seed-problems.ts'

/** The thread that reads seed data, one request at a time, in order. */

const answers: ImportQuestions = {
  read: ({ path }) => importFile(path),
  problems: seedProblems,
}

let turn: Promise<void> = Promise.resolve()

parentPort?.on('message', ({ id, method, params }: Question) => {
  const answer = answers[method as keyof ImportQuestions] as (params: unknown) => Promise<unknown>
  turn = turn.then(async () => {
    try {
      parentPort?.postMessage({ id, result: await answer(params) })
    } catch (thrown) {
      parentPort?.postMessage({ id, error: toErrorValue(thrown) })
    }
  })
})
