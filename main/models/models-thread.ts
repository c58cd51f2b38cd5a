import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LaurelError } from '../common/errors.ts'
import { onDisk } from '../common/on-disk.ts'
import { workerThread } from '../common/worker-thread.ts'
import type { FoundFile, LibraryFile } from './library.ts'
import { type ModelFacts, nothingKnown } from './model-facts.ts'
import type { ThreadMethods } from './thread-methods.ts'

/** How long one question may take, milliseconds: the headers of any real model are read in a tenth of a second. */
const limitMs = 10_000

/** TypeScript where this is TypeScript (Node strips the types), JavaScript where it is compiled. */
const entry = onDisk(fileURLToPath(new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)))

const tooLarge = new LaurelError('OUT_OF_MEMORY', 'Its files are too large to be looked at.', 'Use another model.')
const tooSlow = new LaurelError('BAD_INPUT', 'Its files take too long to be looked at.', 'Use another model.')
const thread = workerThread({ entry, tooLarge })

let turn: Promise<unknown> = Promise.resolve()

/**
 * Ask the thread, one question after the other. Files are of unknown size and may lie on a slow disk, so the window would stand still if this thread
 * read them. A question that takes too long ends the thread and throws BAD_INPUT; the next one starts another.
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

/** Models that took too much, by the time of their last change: they aren't waited for again. */
const slow = new Map<string, number>()

/** What a model folder or GGUF file is, from its headers alone. Never throws: what is wrong is part of the answer. */
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

/** Every model that lies on this machine where Laurel looks, each once, damaged ones too. */
export async function modelFiles(home: string, env: NodeJS.ProcessEnv = process.env): Promise<LibraryFile[]> {
  const found: FoundFile[] = await ask('foundFiles', home, { ...env })
  return Promise.all(found.map(async (model) => ({ ...model, ...(await modelFacts(model.path)) })))
}

/** How many models there are at a place and below. */
export const countModelsAt = (place: string): Promise<number> => ask('countModelsAt', place)

/** The texts of the tokens at which a model folder says that generation ends. */
export const stopTextsOf = (folder: string, behindAnswer: string): Promise<string[]> => ask('stopTexts', folder, behindAnswer)
