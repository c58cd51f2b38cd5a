import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve, sep } from 'node:path'
import { z } from 'zod'
import { badInput, LaurelError } from '../common/errors.ts'
import { homePaths } from '../common/home.ts'
import { parseDocument } from '../common/json-document.ts'
import { replaceFile } from '../common/replace-file.ts'
import { countModelsAt } from './models-thread.ts'

const placesFile = (home: string): string => join(home, 'model-places.json')
/** `hidden`: models inside an added folder that you took off the list. */
const placesDocument = z.object({ places: z.array(z.string()), hidden: z.array(z.string()).default([]) })
type Places = z.infer<typeof placesDocument>

/** Places with models that the user has added, in the order added. */
export const addedPlaces = (home: string): string[] => read(home).places

/** Models inside added places that the user has taken off the list. */
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

/** Add a model folder, a GGUF file, or a folder with models in it. Gives how many models it holds. Throws NOT_FOUND or BAD_INPUT. */
export async function addPlace(home: string, path: string): Promise<number> {
  if (!isAbsolute(path)) throw badInput(`${path} is not a full path.`, 'Give the whole path, from the root.')
  const place = resolve(path)
  if (!existsSync(place)) throw new LaurelError('NOT_FOUND', `There is nothing at ${place}.`, 'Check the path.')
  const count = await countModelsAt(place)
  if (count === 0)
    throw badInput(`There is no model at ${place}.`, 'Choose a Hugging Face model folder, a GGUF file, or a folder that holds some.')
  const { places, hidden } = read(home)
  const shown = hidden.filter((model) => !isIn(place, model)) // adding a folder again brings all of it back
  write(home, { places: places.includes(place) ? places : [...places, place], hidden: shown })
  return count
}

/**
 * Take a place off the list, or one model of an added folder; the folder's other models stay on it. No file is touched. Throws NOT_FOUND where the
 * path is on no list.
 */
export function forgetPlace(home: string, path: string): void {
  const { places, hidden } = read(home)
  const left = places.filter((place) => place !== path)
  if (left.length === places.length && !places.some((place) => isIn(place, path)))
    throw new LaurelError('NOT_FOUND', `${path} is not one of the places you added.`, 'Choose one from the list.')
  const off = left.length === places.length ? [...hidden, path] : hidden
  write(home, { places: left, hidden: [...new Set(off)].filter((model) => left.some((place) => isIn(place, model))) })
}

const isIn = (place: string, path: string): boolean => path.startsWith(`${place}${sep}`)

const write = (home: string, document: Places): void => replaceFile(placesFile(home), `${JSON.stringify(document, null, 2)}\n`)

/** The folder in which Laurel keeps models that came from outside. */
export const ownFolder = (home: string): string => homePaths(home).models

/** Where Hugging Face's tools keep what they have downloaded, as they find it themselves. */
export function hubCache(env: NodeJS.ProcessEnv = process.env): string {
  if (env.HF_HUB_CACHE) return env.HF_HUB_CACHE
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface')
  return join(home, 'hub')
}
