import { answerRequests } from '../common/worker-thread.ts'
import { importFile } from './import-file.ts'
import type { ImportQuestions } from './import-thread.ts'
import { seedProblems } from './seed-problems.ts'

/** The thread that reads seed data. */

const answers: ImportQuestions = {
  read: ({ path }) => importFile(path),
  problems: seedProblems,
}

answerRequests((method, params) => (answers[method as keyof ImportQuestions] as (params: unknown) => Promise<unknown>)(params))
