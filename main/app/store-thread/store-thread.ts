import { fileURLToPath } from 'node:url'
import { onDisk } from '../../common/file-identity.ts'
import { workerThread } from '../../common/worker-thread.ts'
import { LaurelError } from '../../shared/errors.ts'
import type { StoreMethods } from './methods.ts'

/** Runs the .ts file from source (Node strips the types) and the .js file from a build. */
const entry = onDisk(fileURLToPath(new URL(`./store-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

type Asked<Method> = Method extends (...params: infer Params) => infer Result ? (...params: Params) => Promise<Awaited<Result>> : never

/** The methods of `StoreMethods`, asynchronous. */
export type StoreThread = { readonly [Name in keyof StoreMethods]: Asked<StoreMethods[Name]> } & { close(): Promise<void> }

/** A thread that reads the store of the data folder at `home`; starts at the first call and ends when idle. */
export function storeThread(home: string): StoreThread {
  const tooLarge = new LaurelError('OUT_OF_MEMORY', 'The result is too large for memory.', 'Choose a smaller part.')
  const { ask, close } = workerThread({ entry, data: { home }, tooLarge })
  const questions = new Proxy({} as StoreThread, {
    get: (_, name: string) => (name === 'close' ? close : (...params: unknown[]) => ask(name, params)),
  })
  return questions
}
