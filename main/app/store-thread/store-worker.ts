import { workerData } from 'node:worker_threads'
import { answerRequests } from '../../common/worker-thread.ts'
import { explainStoreError } from '../../store/database/store-error.ts'
import { storeMethods } from './methods.ts'

/** The thread that reads the store. */

const { home } = workerData as { home: string }
const methodOf = storeMethods(home)
answerRequests((method, params) => methodOf(method)(...(params as unknown[])), explainStoreError)
