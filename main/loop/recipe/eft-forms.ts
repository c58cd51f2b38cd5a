import { checkIds } from '../../evaluation/checks/checks.ts'
import { isJudged } from '../../shared/method-stages.ts'
import { oneLine } from '../../shared/one-line.ts'
import type { Recipe } from '../../shared/recipe.ts'
import type { EftForm } from '../../shared/recipe-seed-data.ts'
import type { RecipeProblem } from './recipe-problems.ts'

/** Whether programs grade responses in a run with this recipe. */
export const isGraded = ({ seed_data, sft }: Pick<Recipe, 'seed_data' | 'sft'>): boolean =>
  sft !== null && seed_data.eft_form.includes('requirements')

/** Whether M1 is trained as a judge on pairs of answers, after fine-tuning. */
export const isRewarded = ({ seed_data, sft }: Pick<Recipe, 'seed_data' | 'sft'>): boolean =>
  sft !== null && (seed_data.eft_form.includes('ranked') || seed_data.eft_form.includes('made'))

/** Whether anything in a run with this recipe is judged as `judge` says. The controls need it only for M1, or to compare models by rewards. */
export const usesJudge = (recipe: Recipe): boolean => {
  const { seed_data, evaluation, checkpoint_choice } = recipe
  const compares = evaluation.count > 0 || checkpoint_choice.every > 0
  const isMeasured = seed_data.ranked !== null || isGraded(recipe) || isRewarded(recipe) // and may be taught
  return isJudged(recipe) || isMeasured || (compares && evaluation.method === 'reward')
}

/** Problems with what M1 learns from. */
export function eftProblems({ seed_data, sft, judge }: Pick<Recipe, 'seed_data' | 'sft' | 'judge'>): RecipeProblem[] {
  const problems: RecipeProblem[] = []
  const wrong = (key: string, message: string, remedy: string): void => void problems.push({ key, message, remedy })
  const has = (form: EftForm): boolean => seed_data.eft_form.includes(form)
  const [grades, pairs] = [has('requirements'), has('ranked') || has('made')]
  if ((grades || pairs) && sft === null) {
    const message = `seed_data.eft_form is ${seed_data.eft_form.join(' and ')}, but M1 is M0 (sft is null), so nothing learns from it.`
    wrong('seed_data.eft_form', message, 'Train M1, or set it to judgements.')
  }
  if (pairs) problems.push(...pairProblems({ seed_data, judge }))
  const unknown = seed_data.graded_unseen.find((id) => !checkIds.includes(id))
  if (unknown !== undefined)
    wrong('seed_data.graded_unseen', `There is no check "${oneLine(unknown)}".`, `Choose from ${checkIds.join(', ')}.`)
  if (grades && seed_data.graded_writer === 'SFT' && seed_data.ift === null) {
    wrong('seed_data.graded_writer', 'There is no SFT baseline without instruction examples (seed_data.ift).', 'Set M0, or choose a file.')
  }
  if (sft !== null && seed_data.ift === null && seed_data.eft === null && !grades && !pairs) {
    const message = 'There is no data to fine-tune M1 on: seed_data has neither ift nor eft.'
    wrong('seed_data.ift', message, 'Choose a file, or set sft to null to use M0 as M1.')
  }
  return problems
}

/** Problems with training M1 as a judge on pairs. */
function pairProblems({ seed_data, judge }: Pick<Recipe, 'seed_data' | 'judge'>): RecipeProblem[] {
  const problems: RecipeProblem[] = []
  const wrong = (key: string, message: string, remedy: string): void => void problems.push({ key, message, remedy })
  const has = (form: EftForm): boolean => seed_data.eft_form.includes(form)
  if (has('judgements') || (has('requirements') && seed_data.graded_writer === 'SFT')) {
    const message =
      'With pairs, M1 is trained from the SFT baseline, which must have learned everything else: but here it writes the EFT data.'
    const isJudging = has('judgements')
    wrong(isJudging ? 'seed_data.eft_form' : 'seed_data.graded_writer', message, isJudging ? 'Remove judgements.' : 'Set M0.')
  }
  if (has('ranked') && seed_data.ranked === null)
    wrong('seed_data.ranked', 'seed_data.eft_form includes "ranked", but seed_data.ranked is missing.', 'Choose a file of ranked answers.')
  if (has('made') && seed_data.ift === null && seed_data.ranked === null)
    wrong(
      'seed_data.ift',
      'seed_data.eft_form includes "made", but there are no answers to spoil.',
      'Choose a file in seed_data.ift or ranked.',
    )
  if (judge.method !== 'yes' && !(judge.method === 'checklist' && has('requirements'))) {
    const message = `Pairs train M1 for the judge "yes", but judge.method is "${judge.method}".`
    wrong('judge.method', message, 'Set it to yes.')
  }
  return problems
}
