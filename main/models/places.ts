import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve, sep } from 'node:path'
import { z } from 'zod'
import { homePaths } from '../common/home.ts'
import { parseDocument } from '../common/json-document.ts'
import { replaceFile } from '../common/replace-file.ts'
import { badInput, LaurelError } from '../shared/errors.ts'
import { countModelsAt } from './models-thread.ts'

const placesFile = (home: string): string => join(home, 'model-places.json')
/** `hidden`: models in an added folder that the user removed from the list. */
const placesDocument = z.object({ places: z.array(z.string()), hidden: z.array(z.string()).default([]) })
type Places = z.infer<typeof placesDocument>

/** Model places that the user added, in order. */
export const addedPlaces = (home: string): string[] => read(home).places

/** Models in added places that the user removed from the list. */
export const hiddenModels = (home: string): string[] => read(home).hidden

function read(home: string): Places {
  const file = placesFile(home)
  const parsed = existsSync(file) ? placesDocument.safeParse(parseJson(readFileSync(file, 'utf8'))) : undefined
  return parsed?.data ?? { places: [], hidden: [] }
}

function parseJson(text: string): unknown {
  try {
    return parseDocument(text)
  } catch {
    return null
  }
}

/** Adds a model folder, a GGUF file, or a folder that contains models. Returns the number of models. Throws NOT_FOUND or BAD_INPUT. */
export async function addPlace(home: string, path: string): Promise<number> {
  if (!isAbsolute(path)) throw badInput(`${path} isn't an absolute path.`, 'Enter the full path, starting at the root.')
  const place = resolve(path)
  if (!existsSync(place)) throw new LaurelError('NOT_FOUND', `${place} doesn't exist.`, 'Check the path.')
  const count = await countModelsAt(place)
  if (count === 0)
    throw badInput(`No model found at ${place}.`, 'Choose a Hugging Face model folder, a GGUF file, or a folder that contains models.')
  const { places, hidden } = read(home)
  const shown = hidden.filter((model) => !isIn(place, model)) // adding a folder again restores its hidden models
  write(home, { places: places.includes(place) ? places : [...places, place], hidden: shown })
  return count
}

/**
 * Removes a place, or a single model of an added folder, from the list; the folder's other models stay. No files are touched. Throws
 * NOT_FOUND if the path isn't on the list.
 */
export function forgetPlace(home: string, path: string): void {
  const { places, hidden } = read(home)
  const left = places.filter((place) => place !== path)
  if (left.length === places.length && !places.some((place) => isIn(place, path)))
    throw new LaurelError('NOT_FOUND', `${path} isn't one of the places you added.`, 'Choose one from the list.')
  const off = left.length === places.length ? [...hidden, path] : hidden
  write(home, { places: left, hidden: [...new Set(off)].filter((model) => left.some((place) => isIn(place, model))) })
}

const isIn = (place: string, path: string): boolean => path.startsWith(`${place}${sep}`)

const write = (home: string, document: Places): void => replaceFile(placesFile(home), `${JSON.stringify(document, null, 2)}\n`)

/** Laurel's folder for uploaded and copied models. */
export const ownFolder = (home: string): string => homePaths(home).models

/** The download cache of Hugging Face's tools, located by their own rules. */
export function hubCache(env: NodeJS.ProcessEnv = process.env): string {
  if (env.HF_HUB_CACHE) return env.HF_HUB_CACHE
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface')
  return join(home, 'hub')
}
