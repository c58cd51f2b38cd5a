import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import type { z } from 'zod'
import { badInput, LaurelError } from '../common/errors.ts'
import { resourceFile } from '../common/resources.ts'
import { type Recipe, recipe as recipeSchema } from './recipe.ts'

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
  const document = readJson(path)
  const here = withPaths(document, dirname(resolve(path)))
  const changed = structuredClone(here)
  for (const [key, value] of overrides) setKey(changed, key, value)
  const parsed = recipeSchema.safeParse(withPaths(changed, process.cwd()))
  if (!parsed.success) throw badInput(`${path}: ${explain(parsed.error)}`, 'Correct the recipe; docs and resources/recipes show every key.')
  checkConsistency(parsed.data, path)
  return parsed.data
}

function readJson(path: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new LaurelError('NOT_FOUND', `${path}: the recipe cannot be read (${(error as NodeJS.ErrnoException).code}).`, 'Check the path.')
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw badInput(`${path}: not JSON (${(error as Error).message}).`, 'A recipe is one JSON object.')
  }
  if (isObject(document)) return document
  throw badInput(`${path}: a recipe is one JSON object.`, 'See resources/recipes for examples.')
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keys whose text is a path; of the last three, only a text with a separator or a file ending is one (else it is a name). */
const pathKeys = ['base_model', 'seed_data.ift', 'seed_data.eft', 'seed_data.ranked', 'prompts.file', 'evaluation.prompts']
const nameOrPathKeys = ['judge.prompt', 'evaluation.judge_prompt', 'evaluation.judge']

function withPaths(document: Record<string, unknown>, folder: string): Record<string, unknown> {
  const changed = structuredClone(document)
  for (const key of [...pathKeys, ...nameOrPathKeys]) {
    const value = key.split('.').reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), changed)
    if (typeof value !== 'string' || (nameOrPathKeys.includes(key) && !/[/\\]|\.txt$|\.gguf$|^demo:/.test(value))) continue
    put(changed, key, absolute(value, folder))
  }
  return changed
}

const absolute = (path: string, folder: string): string => {
  if (path.startsWith('demo:')) return resourceFile('demo', path.slice('demo:'.length))
  return isAbsolute(path) ? path : resolve(folder, path)
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

/** What no single key can say. */
function checkConsistency(recipe: Recipe, path: string): void {
  const { seed_data, prompts, judge, evaluation } = recipe
  const wrong = (message: string, remedy: string): never => {
    throw badInput(`${path}: ${message}`, remedy)
  }
  if (prompts.method === 'file' && prompts.file === null) wrong('prompts.method is "file" but prompts.file is missing.', 'Name the file.')
  if (prompts.method === 'self-instruct' && seed_data.ift === null) {
    wrong(
      'prompts.method is "self-instruct" but seed_data.ift is missing: there are no tasks to show.',
      'Name a file, or use another method.',
    )
  }
  if (judge.method === 'ticks' && judge.ticks === null)
    wrong('judge.method is "ticks" but judge.ticks is missing.', 'Say which texts the ticks are.')
  if (recipe.sft !== null && seed_data.ift === null && seed_data.eft === null) {
    wrong(
      'there is nothing to fine-tune M1 on: seed_data names neither ift nor eft.',
      'Name a file, or set sft to null to start from M0 itself.',
    )
  }
  if (!/^(M0|M1|current)$|[/\\]/.test(evaluation.judge)) {
    wrong(`evaluation.judge is "${evaluation.judge}".`, 'Give M0, M1, current, or the path of a local model.')
  }
}
