import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { z } from 'zod'
import { badInput, LaurelError } from '../common/errors.ts'
import { homePaths } from '../common/home.ts'
import { parseDocument } from '../common/json-document.ts'
import { replaceFile } from '../common/replace-file.ts'
import { countModelsAt } from './models-thread.ts'

const placesFile = (home: string): string => join(home, 'model-places.json')
const placesDocument = z.object({ places: z.array(z.string()) })

/** Places with models that a person has added, in the order added. */
export function addedPlaces(home: string): string[] {
  const file = placesFile(home)
  if (!existsSync(file)) return []
  const parsed = placesDocument.safeParse(parseJson(readFileSync(file, 'utf8')))
  return parsed.success ? parsed.data.places : []
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
  const places = addedPlaces(home)
  if (!places.includes(place)) write(home, [...places, place])
  return count
}

/** Take a place off the list. Its files stay. */
export function forgetPlace(home: string, path: string): void {
  write(
    home,
    addedPlaces(home).filter((place) => place !== path),
  )
}

const write = (home: string, places: readonly string[]): void => replaceFile(placesFile(home), `${JSON.stringify({ places }, null, 2)}\n`)

/** The folder in which Laurel keeps models that came from outside. */
export const ownFolder = (home: string): string => homePaths(home).models

/** Where Hugging Face's tools keep what they have downloaded, as they find it themselves. */
export function hubCache(env: NodeJS.ProcessEnv = process.env): string {
  if (env.HF_HUB_CACHE) return env.HF_HUB_CACHE
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface')
  return join(home, 'hub')
}
