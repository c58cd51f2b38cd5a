import type { z } from 'zod'
import { LaurelError, toErrorValue } from '../../shared/errors.ts'
import { isObject } from '../../shared/is-object.ts'
import { irreversibleLoss, lossProblems } from '../../shared/loss-settings.ts'
import { isJudged } from '../../shared/method-stages.ts'
import { type Recipe, recipe as recipeSchema } from '../../shared/recipe.ts'
import { upgradeRecipe } from '../../shared/recipe-version.ts'
import { eftProblems, usesJudge } from './eft-forms.ts'
import { fileProblems } from './recipe-files.ts'
import { sourceProblems } from './recipe-sources.ts'

/** A problem with a recipe, at a key ('' for the whole recipe). */
export interface RecipeProblem {
  readonly key: string
  readonly message: string
  readonly remedy: string
}

/** The result of a check. */
export interface RecipeCheck {
  /** Null if a value is invalid. */
  readonly recipe: Recipe | null
  /** The recipe without its invalid values, if that is valid. */
  readonly readable: Recipe | null
  readonly problems: readonly RecipeProblem[]
}

const problemOf = (key: string, error: LaurelError): RecipeProblem => {
  const { message, remedy } = toErrorValue(error)
  return { key, message: message.replace(`${key}: `, ''), remedy }
}

/**
 * Parses a document as a recipe and lists every problem by key: invalid values, inconsistent values, and missing files.
 */
export function checkRecipe(written: unknown): RecipeCheck {
  const [document, tooNew] = upgraded(written)
  if (tooNew !== null) return { recipe: null, readable: null, problems: [tooNew] }
  const parsed = recipeSchema.safeParse(document, { reportInput: true })
  if (parsed.success) return { recipe: parsed.data, readable: parsed.data, problems: deeperProblems(parsed.data) }
  const problems = parsed.error.issues.flatMap(issueProblems)
  if (!isObject(document)) return { recipe: null, readable: null, problems }
  const rest = recipeSchema.safeParse(without(document, problems)) // look for further problems once the invalid values are removed
  const wrong = new Set(problems.map(({ key }) => key))
  const more = rest.success ? deeperProblems(rest.data).filter(({ key }) => !wrong.has(key)) : []
  return { recipe: null, readable: rest.success ? rest.data : null, problems: [...problems, ...more] }
}

/** Like `checkRecipe`, and checks the contents of the files too (`sourceProblems`). A run must pass this before it is created. */
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

/** Problems that involve more than one value. */
export function consistencyProblems(recipe: Recipe): RecipeProblem[] {
  const { pairs, dpo, evaluation, checkpoint_choice: choice } = recipe
  const ofPrompts = recipe.method === 'spin' ? [] : promptProblems(recipe) // its prompts are the seed data's
  const problems = [...methodProblems(recipe), ...ofPrompts, ...eftProblems(recipe), ...judgeProblems(recipe)]
  const wrong = (key: string, message: string, remedy: string): void => void problems.push({ key, message, remedy })
  for (const { key, message, remedy } of lossProblems(dpo)) wrong(`dpo.${key}`, message, remedy)
  const irreversible = irreversibleLoss(dpo)
  if (pairs.consistency !== 'none' && irreversible !== undefined) {
    const message = `Must be none with the loss ${irreversible}, which isn't defined for a pair of partial consistency.`
    wrong('pairs.consistency', message, 'Set none, or use the loss sigmoid, hinge, ipo, or sigmoid_norm.')
  }
  const judges = { 'evaluation.judge': evaluation.judge, ...(choice.every > 0 && { 'checkpoint_choice.judge': choice.judge }) }
  for (const [key, judge] of Object.entries(judges)) {
    if (/^(M0|M1|current)$|[/\\]/.test(judge)) continue
    wrong(key, `${key} is "${judge}".`, 'Set M0, M1, current, or the path of a local model.')
  }
  return problems
}

/** Problems of a judge that the run uses: for rewards of candidates, of the evaluation, or for judgements that M1 learns from. */
function judgeProblems(recipe: Recipe): RecipeProblem[] {
  const { sft, prompts, judge, pairs, evaluation } = recipe
  const makesPairs = isJudged(recipe)
  const problems: RecipeProblem[] = []
  const wrong = (key: string, message: string, remedy: string): void => void problems.push({ key, message, remedy })
  if (usesJudge(recipe) && judge.method === 'ticks' && judge.ticks === null) {
    wrong('judge.ticks', 'judge.method is "ticks", but judge.ticks is missing.', 'Set the texts of the ticks.')
  }
  if (makesPairs && judge.method === 'implicit' && sft === null) {
    const message = 'judge.method is "implicit", but M1 is M0 (sft is null), so every reward of the first iteration would be 0.'
    wrong('judge.method', message, 'Train M1, or use another method.')
  }
  if (makesPairs && judge.method === 'implicit' && pairs.consistency !== 'none') {
    const message = 'pairs.consistency has M0 judge the first candidates, but judge.method is "implicit", by which M0 gives every answer 0.'
    wrong('pairs.consistency', message, 'Set it to none, or use another method.')
  }
  if (makesPairs && judge.method === 'implicit' && pairs.agreement) {
    wrong(
      'pairs.agreement',
      'It compares the judge with the implicit reward, which is the judge already.',
      'Turn it off, or use another judge.',
    )
  }
  if (makesPairs && judge.method === 'verifier' && !['file', 'grammar'].includes(prompts.method)) {
    const message = 'judge.method is "verifier", but only prompts from a file or a grammar come with requirements that a program can check.'
    wrong('prompts.method', message, 'Set prompts.method to file or grammar, or use another judge.')
  }
  if (judge.method === 'verifier' && evaluation.method === 'reward' && evaluation.count > 0) {
    const message = 'judge.method is "verifier", but the prompts of the evaluation have no requirements, and evaluation.method is "reward".'
    wrong('evaluation.method', message, 'Set evaluation.method to pairwise.')
  }
  if (['pairwise', 'majority'].includes(judge.method) && evaluation.method === 'reward' && evaluation.count > 0) {
    const message = `judge.method is "${judge.method}", which gives a single answer no reward, but evaluation.method is "reward".`
    wrong('evaluation.method', message, 'Set evaluation.method to pairwise.')
  }
  if (judge.method === 'implicit' && evaluation.method === 'reward' && evaluation.judge === 'M0') {
    wrong('evaluation.judge', 'The implicit reward compares a judge with M0, so M0 gives every answer 0.', 'Set M1 or current.')
  }
  return problems
}

function promptProblems({ seed_data, prompts }: Recipe): RecipeProblem[] {
  const problems: RecipeProblem[] = []
  const wrong = (key: string, message: string, remedy: string): void => void problems.push({ key, message, remedy })
  if (prompts.method === 'file' && prompts.file === null) {
    wrong('prompts.file', 'prompts.method is "file", but prompts.file is missing.', 'Choose a file.')
  }
  if (prompts.method === 'self-instruct' && seed_data.ift === null) {
    const message = 'prompts.method is "self-instruct", but seed_data.ift is missing, so there are no tasks to demonstrate.'
    wrong('seed_data.ift', message, 'Choose a file, or use another method.')
  }
  if (prompts.method === 'grammar' && prompts.grammar.min > prompts.grammar.max) {
    wrong('prompts.grammar.min', 'It must not be more than prompts.grammar.max.', 'Lower it, or raise max.')
  }
  if (prompts.filters.min_words > prompts.filters.max_words) {
    wrong('prompts.filters.min_words', 'It must not be more than max_words, or no prompt can be accepted.', 'Lower it, or raise max_words.')
  }
  return problems
}

/** What a method needs of the rest of the recipe. */
function methodProblems({ method, self_sft, seed_data, sft }: Recipe): RecipeProblem[] {
  if (method === 'spin' && seed_data.ift === null) {
    const message = 'method is "spin", which prefers the seed data\'s responses to the model\'s, but seed_data.ift is missing.'
    return [{ key: 'seed_data.ift', message, remedy: 'Choose a file, or use another method.' }]
  }
  if (method === 'self-sft' && self_sft.training === null && sft === null) {
    const message = 'method is "self-sft", but neither self_sft.training nor sft says how to fine-tune.'
    return [{ key: 'self_sft.training', message, remedy: 'Set self_sft.training, for example its learning_rate.' }]
  }
  return []
}

/** A schema issue as one line: the key and the problem. */
export function explainIssue(issue: z.core.$ZodIssue): string {
  const [{ key, message }] = issueProblems(issue)
  return key === '' ? message : `${key}: ${message}`
}

/** A schema issue in plain words. */
function issueProblems(issue: z.core.$ZodIssue): RecipeProblem[] {
  const key = issue.path.map(String).join('.')
  if (key === 'base_model') return [{ key, message: 'Choose a base model.', remedy: 'Set a Hugging Face model folder or a GGUF file.' }]
  if (issue.code !== 'unrecognized_keys') return [{ key, message: plainWords(issue), remedy: 'Fix this value.' }]
  return issue.keys.map((name) => ({
    key: key === '' ? name : `${key}.${name}`,
    message: 'Unknown key.',
    remedy: 'Remove it, or fix its spelling.',
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
  string: 'text',
  boolean: 'true or false',
  object: 'a group of values',
  array: 'a list',
}

/** A copy without the values that have problems. A required text becomes a placeholder. */
function without(document: Record<string, unknown>, problems: readonly RecipeProblem[]): unknown {
  const copy = structuredClone(document)
  for (const { key } of problems) {
    const parts = key.split('.')
    const parent = parts.slice(0, -1).reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), copy)
    if (isObject(parent)) delete parent[parts.at(-1)!]
  }
  return { ...copy, name: copy.name ?? 'unnamed', base_model: copy.base_model ?? 'none' }
}
