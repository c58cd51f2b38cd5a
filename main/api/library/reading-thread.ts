import { fileURLToPath } from 'node:url'
import { LaurelError } from '../../common/errors.ts'
import { onDisk } from '../../common/on-disk.ts'
import { workerThread } from '../../common/worker-thread.ts'
import type { DataReader } from './reader.ts'

/** TypeScript where this is TypeScript (Node strips the types), JavaScript where it is compiled. */
const entry = onDisk(fileURLToPath(new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

/** The reader of data files in a thread of its own; it keeps the last file read while it lives. */
export function readingThread() {
  const tooLarge = new LaurelError('OUT_OF_MEMORY', 'The file is too large to be read whole.', 'Split it into several files.')
  const { ask, close } = workerThread({ entry, tooLarge })

  const on = <Method extends keyof DataReader>(method: Method) =>
    ((params: unknown) => ask(method, params)) as unknown as DataReader[Method]

  const reader: DataReader = { report: on('report'), rows: on('rows'), row: on('row'), first: on('first'), make: on('make') }
  return { reader, close }
}
export type ReadingThread = ReturnType<typeof readingThread>
