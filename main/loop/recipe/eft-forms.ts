import { checkIds } from '../../evaluation/checks/checks.ts'
import { oneLine } from '../../shared/one-line.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { RecipeProblem } from './recipe-problems.ts'

/** Whether programs grade responses in a run with this recipe. */
export const isGraded = ({ seed_data, sft }: Pick<Recipe, 'seed_data' | 'sft'>): boolean =>
  sft !== null && seed_data.eft_form.includes('requirements')

/** Problems with what M1 learns from. */
export function eftProblems({ seed_data, sft }: Pick<Recipe, 'seed_data' | 'sft'>): RecipeProblem[] {
  const problems: RecipeProblem[] = []
  const wrong = (key: string, message: string, remedy: string): void => void problems.push({ key, message, remedy })
  const grades = seed_data.eft_form.includes('requirements')
  if (grades && sft === null) {
    const message = 'seed_data.eft_form includes "requirements", but M1 is M0 (sft is null), so nothing learns from the verdicts.'
    wrong('seed_data.eft_form', message, 'Train M1, or set it to judgements.')
  }
  const unknown = seed_data.graded_unseen.find((id) => !checkIds.includes(id))
  if (unknown !== undefined)
    wrong('seed_data.graded_unseen', `There is no check "${oneLine(unknown)}".`, `Choose from ${checkIds.join(', ')}.`)
  if (grades && seed_data.graded_writer === 'SFT' && seed_data.ift === null) {
    wrong('seed_data.graded_writer', 'There is no SFT baseline without instruction examples (seed_data.ift).', 'Set M0, or choose a file.')
  }
  if (sft !== null && seed_data.ift === null && seed_data.eft === null && !grades) {
    const message = 'There is no data to fine-tune M1 on: seed_data has neither ift nor eft.'
    wrong('seed_data.ift', message, 'Choose a file, or set sft to null to use M0 as M1.')
  }
  return problems
}
