import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import type { z } from 'zod'
import { badInput, LaurelError } from '../common/errors.ts'
import { readJsonDocument } from '../common/json-document.ts'
import { pastedPath } from '../common/pasted-path.ts'
import { resourceFile } from '../common/resources.ts'
import { type Recipe, recipe as recipeSchema } from './recipe.ts'
import { consistencyProblems } from './recipe-problems.ts'
import { upgradeRecipe } from './recipe-version.ts'

/** A change of one number or text of a recipe: `prompts.count=20`. */
export type Override = readonly [key: string, value: string]

/** The file of a recipe that ships with Laurel. Throws NOT_FOUND, naming those there are. */
export function recipeFile(name: string): string {
  const path = resourceFile('recipes', `${name}.json`)
  if (existsSync(path)) return path
  const folder = resourceFile('recipes')
  const names = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []
  const known = names.map((file) => basename(file, '.json')).join(', ')
  throw new LaurelError('NOT_FOUND', `There is no recipe "${name}".`, `There are ${known}; or give a file of your own with --config.`)
}

/**
 * Read a recipe's file, apply overrides, check it, and make its paths absolute: relative ones are relative to the file (those of overrides to
 * the current folder), `demo:x` is x in resources/demo. Throws BAD_INPUT naming file and key.
 */
export function loadRecipe(path: string, overrides: readonly Override[] = []): Recipe {
  const here = recipeDocument(path)
  const changed = structuredClone(here)
  for (const [key, value] of overrides) setKey(changed, key, value)
  const parsed = recipeSchema.safeParse(withPaths(changed, process.cwd()))
  if (!parsed.success) throw badInput(`${path}: ${explain(parsed.error)}`, 'Correct the recipe; docs and resources/recipes show every key.')
  const [first] = consistencyProblems(parsed.data)
  if (first !== undefined) throw badInput(`${path}: ${first.message}`, first.remedy)
  return parsed.data
}

/** A recipe's file as it is written, its paths made absolute. Throws NOT_FOUND, or BAD_INPUT where it is not one JSON object. */
export const recipeDocument = (path: string): Record<string, unknown> => withPaths(upgraded(path, readJson(path)), dirname(resolve(path)))

/** A recipe's file in the newest version. Throws UNSUPPORTED, naming the file, where it is newer still. */
function upgraded(path: string, document: Record<string, unknown>): Record<string, unknown> {
  try {
    return upgradeRecipe(document) as Record<string, unknown>
  } catch (error) {
    if (error instanceof LaurelError) throw new LaurelError(error.code, `${path}: ${error.message}`, error.remedy, { cause: error })
    throw error
  }
}

function readJson(path: string): Record<string, unknown> {
  const document = readJsonDocument(path, 'A recipe is one JSON object.')
  if (isObject(document)) return document
  throw badInput(`${path}: a recipe is one JSON object.`, 'See resources/recipes for examples.')
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keys whose text is a path; of the last three, only a text with a separator or a file ending is one (else it is a name). */
const pathKeys = ['base_model', 'seed_data.ift', 'seed_data.eft', 'seed_data.ranked', 'prompts.file', 'evaluation.prompts']
const nameOrPathKeys = ['judge.prompt', 'evaluation.judge_prompt', 'evaluation.judge']

/** A document with its paths made plain and absolute; relative ones are in `folder`. */
export function withPaths(document: Record<string, unknown>, folder: string): Record<string, unknown> {
  const changed = structuredClone(document)
  for (const key of [...pathKeys, ...nameOrPathKeys]) {
    const value = key.split('.').reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), changed)
    if (typeof value !== 'string' || (nameOrPathKeys.includes(key) && !/[/\\]|\.txt$|\.gguf$|^demo:/.test(value))) continue
    put(changed, key, absolute(value, folder))
  }
  return changed
}

const absolute = (path: string, folder: string): string => {
  if (path === '') return path // to be set
  if (path.startsWith('demo:')) return resourceFile('demo', path.slice('demo:'.length))
  const plain = pastedPath(path, folder)
  return isAbsolute(plain) ? plain : resolve(folder, plain)
}

/** A value as it is written on a command line: JSON where it is JSON, else text. */
function setKey(document: Record<string, unknown>, key: string, value: string): void {
  let parsed: unknown = value
  try {
    parsed = JSON.parse(value)
  } catch {
    // a text
  }
  put(document, key, parsed)
}

function put(document: Record<string, unknown>, key: string, value: unknown): void {
  const parts = key.split('.')
  let at = document
  for (const part of parts.slice(0, -1)) {
    const next = Object.hasOwn(at, part) ? at[part] : undefined
    const inner = isObject(next) ? next : {}
    Object.defineProperty(at, part, { value: inner, enumerable: true, writable: true, configurable: true }) // also for a key like __proto__
    at = inner
  }
  Object.defineProperty(at, parts[parts.length - 1], { value, enumerable: true, writable: true, configurable: true })
}

/** The first problem, with its key: one that is right often makes the others go. */
function explain(error: z.ZodError): string {
  const [first] = error.issues
  const where = first.path.join('.')
  return where === '' ? first.message : `${where}: ${first.message}`
}
