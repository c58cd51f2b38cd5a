import { answerRequests } from '../../common/worker-thread.ts'
import { type DataReader, dataReader } from './reader.ts'

/** The thread that reads data files. */

const reader = dataReader() as unknown as Record<keyof DataReader, (params: unknown) => Promise<unknown>>
answerRequests((method, params) => reader[method as keyof DataReader](params))
