import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import type { z } from 'zod'
import { readJsonDocument } from '../../common/json-document.ts'
import { pastedPath } from '../../common/pasted-path.ts'
import { resourceFile } from '../../common/resources.ts'
import { badInput, LaurelError } from '../../shared/errors.ts'
import { isObject } from '../../shared/is-object.ts'
import { type Recipe, recipe as recipeSchema } from '../../shared/recipe.ts'
import { upgradeRecipe } from '../../shared/recipe-version.ts'
import { consistencyProblems } from './recipe-problems.ts'

/** A change to a number or text of a recipe: `prompts.count=20`. */
export type Override = readonly [key: string, value: string]

/** The file of a recipe that ships with Laurel. Throws NOT_FOUND, listing the known names. */
export function recipeFile(name: string): string {
  const path = resourceFile('recipes', `${name}.json`)
  if (existsSync(path)) return path
  const folder = resourceFile('recipes')
  const names = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []
  const known = names.map((file) => basename(file, '.json')).join(', ')
  throw new LaurelError('NOT_FOUND', `Unknown recipe "${name}".`, `Choose one of ${known}, or pass your own file with --config.`)
}

/**
 * Reads a recipe file, applies overrides, validates it, and makes its paths absolute. Paths in the file are relative to the file, paths in
 * overrides to the current folder, and `demo:x` means x in resources/demo. Throws BAD_INPUT naming file and key.
 */
export function loadRecipe(path: string, overrides: readonly Override[] = []): Recipe {
  const parsed = recipeSchema.safeParse(withOverrides(recipeDocument(path), overrides))
  if (!parsed.success)
    throw badInput(`${path}: ${explain(parsed.error)}`, 'Fix the recipe. See the documentation and resources/recipes for every key.')
  const [first] = consistencyProblems(parsed.data)
  if (first !== undefined) throw badInput(`${path}: ${first.message}`, first.remedy)
  return parsed.data
}

/** A document with changed values. Paths in them are relative to the current folder. */
export function withOverrides(document: Record<string, unknown>, overrides: readonly Override[]): Record<string, unknown> {
  const changed = structuredClone(document)
  for (const [key, value] of overrides) setKey(changed, key, value)
  return withPaths(changed, process.cwd())
}

/** A recipe file's document, as written but with absolute paths. Throws NOT_FOUND, or BAD_INPUT if it isn't a single JSON object. */
export const recipeDocument = (path: string): Record<string, unknown> => withPaths(upgraded(path, readJson(path)), dirname(resolve(path)))

/**
 * A file without a version is written by hand for a new run, which has today's defaults: the generator, and SPIN's repeated pairs. One with a
 * version may be of an earlier run, which it repeats.
 */
const ofNewRuns = { random: recipeSchema.shape.random.parse(undefined), spin: recipeSchema.shape.spin.parse(undefined) }

/** Upgrades a recipe file's document to the newest version. Throws UNSUPPORTED, naming the file, if its version is newer than that. */
function upgraded(path: string, document: Record<string, unknown>): Record<string, unknown> {
  try {
    return upgradeRecipe(document.version === undefined ? { ...ofNewRuns, ...document } : document) as Record<string, unknown>
  } catch (error) {
    if (error instanceof LaurelError) throw new LaurelError(error.code, `${path}: ${error.message}`, error.remedy, { cause: error })
    throw error
  }
}

function readJson(path: string): Record<string, unknown> {
  const document = readJsonDocument(path, 'A recipe must be a single JSON object.')
  if (isObject(document)) return document
  throw badInput(`${path}: a recipe must be a single JSON object.`, 'See resources/recipes for examples.')
}

/** Keys that hold a path. The values in the second list are paths only with a separator or a file extension (else names). */
const pathKeys = [
  'base_model',
  ...['ift', 'eft', 'ranked', 'graded_prompts'].map((name) => `seed_data.${name}`),
  ...['prompts.file', 'evaluation.prompts', 'evaluation.checks', 'evaluation.checks_held_out', 'checkpoint_choice.prompts'],
]
const nameOrPathKeys = [
  ...['judge.prompt', 'judge.checklist_prompt', 'judge.contrast.good', 'judge.contrast.bad', 'meta.prompt'],
  ...['evaluation.judge_prompt', 'evaluation.judge', 'checkpoint_choice.judge'],
  'prompts.grammar.tasks', // or the word "model"
]

/** Normalizes a document's paths and makes them absolute, relative to `folder`. */
export function withPaths(document: Record<string, unknown>, folder: string): Record<string, unknown> {
  const changed = structuredClone(document)
  for (const key of [...pathKeys, ...nameOrPathKeys]) {
    const value = key.split('.').reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), changed)
    if (typeof value !== 'string' || (nameOrPathKeys.includes(key) && !/[/\\]|\.(?:txt|gguf|jsonl?|[ct]sv)$|^demo:/.test(value))) continue
    put(changed, key, absolute(value, folder))
  }
  return changed
}

const absolute = (path: string, folder: string): string => {
  if (path === '') return path // not set yet
  if (path.startsWith('demo:')) return resourceFile('demo', path.slice('demo:'.length))
  const plain = pastedPath(path, folder)
  return isAbsolute(plain) ? plain : resolve(folder, plain)
}

/** Sets a key to a command-line value: parsed as JSON if it is JSON, else text. */
export function setKey(document: Record<string, unknown>, key: string, value: string): void {
  let parsed: unknown = value
  try {
    parsed = JSON.parse(value)
  } catch {
    // plain text
  }
  put(document, key, parsed)
}

function put(document: Record<string, unknown>, key: string, value: unknown): void {
  const parts = key.split('.')
  let at = document
  for (const part of parts.slice(0, -1)) {
    const next = Object.hasOwn(at, part) ? at[part] : undefined
    const inner = isObject(next) ? next : {}
    Object.defineProperty(at, part, { value: inner, enumerable: true, writable: true, configurable: true }) // safe for keys like __proto__
    at = inner
  }
  Object.defineProperty(at, parts[parts.length - 1], { value, enumerable: true, writable: true, configurable: true })
}

/** Explains only the first problem: fixing it often fixes the rest. */
function explain(error: z.ZodError): string {
  const [first] = error.issues
  const where = first.path.join('.')
  return where === '' ? first.message : `${where}: ${first.message}`
}
