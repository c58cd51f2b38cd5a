import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onDisk } from '../common/file-identity.ts'
import { workerThread } from '../common/worker-thread.ts'
import { LaurelError } from '../shared/errors.ts'
import type { FoundFile, LibraryFile } from './library.ts'
import { type ModelFacts, nothingKnown } from './model-facts.ts'
import type { ThreadMethods } from './thread-methods.ts'

/** Timeout of a request, milliseconds: reading the headers of any real model takes a tenth of a second. */
const limitMs = 10_000

/** TypeScript when running from source (Node strips the types), JavaScript when compiled. */
const entry = onDisk(fileURLToPath(new URL(`./models-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

const tooLarge = new LaurelError('OUT_OF_MEMORY', 'Its files are too large to inspect.', 'Use another model.')
const tooSlow = new LaurelError('BAD_INPUT', 'Its files take too long to inspect.', 'Use another model.')
const thread = workerThread({ entry, tooLarge })

let turn: Promise<unknown> = Promise.resolve()

/**
 * Sends a request to the thread, one at a time. Files can be large or on a slow disk, and reading them here would freeze the window. A
 * request that takes too long ends the thread and throws BAD_INPUT; the next one starts a new thread.
 */
function ask<Name extends keyof ThreadMethods>(
  name: Name,
  ...params: Parameters<ThreadMethods[Name]>
): Promise<Awaited<ReturnType<ThreadMethods[Name]>>> {
  const answer = turn.then(async () => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(tooSlow)
        void thread.close()
      }, limitMs)
    })
    try {
      return await Promise.race([thread.ask(name, params), late])
    } finally {
      clearTimeout(timer)
    }
  })
  turn = answer.catch(() => {})
  return answer as Promise<Awaited<ReturnType<ThreadMethods[Name]>>>
}

/** Models that timed out, with their modification time, so that they aren't tried again. */
const slow = new Map<string, number>()

/** Facts about a model folder or GGUF file, from its headers alone. Never throws: problems are part of the result. */
export async function modelFacts(path: string): Promise<ModelFacts> {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const format = path.toLowerCase().endsWith('.gguf') ? 'gguf' : 'hugging-face'
  const refused = (error: LaurelError): ModelFacts => ({ ...nothingKnown, format, problem: error.message })
  if (slow.get(path) === changed) return refused(tooSlow)
  try {
    return await ask('modelFacts', path)
  } catch (error) {
    if (!(error instanceof LaurelError)) throw error
    slow.set(path, changed)
    return refused(error)
  }
}

/** Every model in the places where Laurel looks, each once, including damaged ones. */
export async function modelFiles(home: string, env: NodeJS.ProcessEnv = process.env): Promise<LibraryFile[]> {
  const found: FoundFile[] = await ask('foundFiles', home, { ...env })
  return Promise.all(found.map(async (model) => ({ ...model, ...(await modelFacts(model.path)) })))
}

/** The number of models at and below a place. */
export const countModelsAt = (place: string): Promise<number> => ask('countModelsAt', place)
