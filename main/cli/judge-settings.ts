import { type Override, setKey } from '../loop/recipe/load-recipe.ts'
import { explainIssue } from '../loop/recipe/recipe-problems.ts'
import { badInput } from '../shared/errors.ts'
import { type JudgeRecipe, judgeRecipe } from '../shared/recipe.ts'

/** A judge from the options of a command: `settings`, changed by `--set`. Throws BAD_INPUT naming the key. */
export function judgeFrom(settings: Readonly<Record<string, unknown>>, overrides: readonly Override[]): JudgeRecipe {
  const document: Record<string, unknown> = { ...settings }
  for (const [key, value] of overrides) setKey(document, key.replace(/^judge\./, ''), value)
  const parsed = judgeRecipe.safeParse(document, { reportInput: true })
  if (parsed.success) return parsed.data
  throw badInput(`The judge's settings: ${explainIssue(parsed.error.issues[0])}`, "The keys are those of a recipe's judge.")
}
