import { fileURLToPath } from 'node:url'
import { onDisk } from '../../common/file-identity.ts'
import { workerThread } from '../../common/worker-thread.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { DataReader } from './reader.ts'

/** Runs the .ts file from source (Node strips the types) and the .js file from a build. */
const entry = onDisk(fileURLToPath(new URL(`./reading-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

/** The data reader in its own thread. It caches the last file until the thread ends. */
export function readingThread() {
  const tooLarge = new LaurelError('OUT_OF_MEMORY', 'The file is too large to read into memory.', 'Split it into several files.')
  const { ask, close } = workerThread({ entry, tooLarge })

  const on = <Method extends keyof DataReader>(method: Method) =>
    ((params: unknown) => ask(method, params)) as unknown as DataReader[Method]

  const reader: DataReader = {
    report: on('report'),
    rows: on('rows'),
    row: on('row'),
    first: on('first'),
    make: on('make'),
    columns: on('columns'),
  }
  return { reader, close }
}
