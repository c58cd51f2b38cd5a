import { z } from 'zod'
import { LaurelError, toErrorValue } from '../common/errors.ts'
import { type Recipe, recipe as recipeSchema } from './recipe.ts'
import { fileProblems } from './recipe-files.ts'
import { sourceProblems } from './recipe-sources.ts'
import { upgradeRecipe } from './recipe-version.ts'

/** Something wrong with a recipe, at a key ('' where it is the whole). */
export interface RecipeProblem {
  readonly key: string
  readonly message: string
  readonly remedy: string
}

/** What a check comes to. */
export interface RecipeCheck {
  /** Null where a value is wrong. */
  readonly recipe: Recipe | null
  /** The same with wrong values left out, where that gives one. */
  readonly readable: Recipe | null
  readonly problems: readonly RecipeProblem[]
}

const problemOf = (key: string, error: LaurelError): RecipeProblem => {
  const { message, remedy } = toErrorValue(error)
  return { key, message: message.replace(`${key}: `, ''), remedy }
}

/**
 * A document as a recipe, and everything that is wrong with it, each by its key: values, what no single value can say, and files that are
 * missing.
 */
export function checkRecipe(written: unknown): RecipeCheck {
  const [document, tooNew] = upgraded(written)
  if (tooNew !== null) return { recipe: null, readable: null, problems: [tooNew] }
  const parsed = recipeSchema.safeParse(document, { reportInput: true })
  if (parsed.success) return { recipe: parsed.data, readable: parsed.data, problems: deeperProblems(parsed.data) }
  const problems = parsed.error.issues.flatMap(issueProblems)
  if (!isObject(document)) return { recipe: null, readable: null, problems }
  const rest = recipeSchema.safeParse(without(document, problems)) // the wrong values left out, what else is wrong?
  const wrong = new Set(problems.map(({ key }) => key))
  const more = rest.success ? deeperProblems(rest.data).filter(({ key }) => !wrong.has(key)) : []
  return { recipe: null, readable: rest.success ? rest.data : null, problems: [...problems, ...more] }
}

/** The same, and what is wrong inside the files (`sourceProblems`): what a run must pass before it is made. */
export async function checkRecipeWhole(document: unknown): Promise<RecipeCheck> {
  const check = checkRecipe(document)
  if (check.readable === null) return check
  const told = new Set(check.problems.map(({ key }) => key))
  const inside = (await sourceProblems(check.readable)).filter(({ key }) => !told.has(key))
  return { ...check, problems: [...check.problems, ...inside] }
}

function upgraded(written: unknown): [document: unknown, problem: RecipeProblem | null] {
  try {
    return [upgradeRecipe(written), null]
  } catch (error) {
    if (error instanceof LaurelError) return [written, problemOf('version', error)]
    throw error
  }
}

function deeperProblems(recipe: Recipe): RecipeProblem[] {
  const files = fileProblems(recipe).map(({ key, error }) => problemOf(key, error))
  return [...consistencyProblems(recipe), ...files]
}

/** What no single value can say. */
export function consistencyProblems({ seed_data, sft, prompts, judge, evaluation }: Recipe): RecipeProblem[] {
  const problems: RecipeProblem[] = []
  const wrong = (key: string, message: string, remedy: string): void => void problems.push({ key, message, remedy })
  if (prompts.method === 'file' && prompts.file === null) {
    wrong('prompts.file', 'prompts.method is "file" but prompts.file is missing.', 'Name the file.')
  }
  if (prompts.method === 'self-instruct' && seed_data.ift === null) {
    const message = 'prompts.method is "self-instruct" but seed_data.ift is missing: there are no tasks to show.'
    wrong('seed_data.ift', message, 'Name a file, or use another method.')
  }
  if (judge.method === 'ticks' && judge.ticks === null) {
    wrong('judge.ticks', 'judge.method is "ticks" but judge.ticks is missing.', 'Say which texts the ticks are.')
  }
  if (sft !== null && seed_data.ift === null && seed_data.eft === null) {
    const message = 'there is nothing to fine-tune M1 on: seed_data names neither ift nor eft.'
    wrong('seed_data.ift', message, 'Name a file, or set sft to null to start from M0 itself.')
  }
  if (!/^(M0|M1|current)$|[/\\]/.test(evaluation.judge)) {
    wrong('evaluation.judge', `evaluation.judge is "${evaluation.judge}".`, 'Give M0, M1, current, or the path of a local model.')
  }
  if (prompts.filters.min_words > prompts.filters.max_words) {
    wrong(
      'prompts.filters.min_words',
      'It is more than the most words allowed, so no prompt could be accepted.',
      'Lower it, or raise max_words.',
    )
  }
  return problems
}

/** A schema's complaint in one line: key and what is wrong with it. */
export function explainIssue(issue: z.core.$ZodIssue): string {
  const [{ key, message }] = issueProblems(issue)
  return key === '' ? message : `${key}: ${message}`
}

/** A schema's complaint in plain words. */
function issueProblems(issue: z.core.$ZodIssue): RecipeProblem[] {
  const key = issue.path.map(String).join('.')
  if (key === 'base_model') return [{ key, message: 'Choose a base model.', remedy: 'Name a Hugging Face folder or a GGUF file.' }]
  if (issue.code !== 'unrecognized_keys') return [{ key, message: plainWords(issue), remedy: 'Correct this value.' }]
  return issue.keys.map((name) => ({
    key: key === '' ? name : `${key}.${name}`,
    message: 'A recipe has no such key.',
    remedy: 'Remove it, or correct its spelling.',
  }))
}

function plainWords(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return 'Must not be empty.'
      return `Must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}.`
    case 'too_big':
      return `Must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}.`
    case 'invalid_value':
      return `Must be one of ${issue.values.map(String).join(', ')}.`
    case 'invalid_type':
      return issue.input === undefined && issue.expected !== 'int' ? 'Is missing.' : `Must be ${kinds[issue.expected] ?? issue.expected}.`
    default:
      return `${issue.message}.`
  }
}

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'yes or no',
  object: 'a group of values',
  array: 'a list',
}

/** A copy without the values that problems are about. A text that must be there becomes a placeholder. */
function without(document: Record<string, unknown>, problems: readonly RecipeProblem[]): unknown {
  const copy = structuredClone(document)
  for (const { key } of problems) {
    const parts = key.split('.')
    const parent = parts.slice(0, -1).reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), copy)
    if (isObject(parent)) delete parent[parts.at(-1)!]
  }
  return { ...copy, name: copy.name ?? 'unnamed', base_model: copy.base_model ?? 'none' }
}

const isObject = (value: unknown): value is Record<string, unknown> => z.record(z.string(), z.unknown()).safeParse(value).success
