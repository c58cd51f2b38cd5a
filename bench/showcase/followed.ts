import { mean } from '../../main/common/numbers.ts'
import { promptKey } from '../../main/data/imported.ts'
import { readyCheck } from '../../main/evaluation/checks/checks.ts'
import { heldOutChecks } from '../../main/loop/evaluation/outside-checkers.ts'
import type { OutsideMeasure } from '../../main/shared/outside-measures.ts'
import type { Recipe } from '../../main/shared/recipe.ts'
import type { Store } from '../../main/store/store.ts'

/** Whether a model's answer to each held-out prompt of a run meets all its requirements, in the prompts' order. */
export async function followedPrompts(
  run: { readonly store: Store; readonly runId: string; readonly recipe: Recipe },
  model: string,
  measure: OutsideMeasure,
): Promise<boolean[]> {
  const { store, runId } = run
  const prompts = await heldOutChecks(run, measure.startsWith('checks-held-out') ? 'checks_held_out' : 'checks')
  const requirements = new Map(prompts.map((prompt) => [promptKey(prompt.text), prompt.requirements]))
  return store.answers.of(runId, model, measure).map(({ instruction, text }) => {
    const own = requirements.get(promptKey(instruction)) ?? []
    return own.length > 0 && own.every(({ check }) => readyCheck(check!).isMet(text, instruction))
  })
}

/** A difference of two shares of the same prompts, with the 95 % interval of the mean of paired differences. */
export interface Gain {
  readonly gain: number
  readonly low: number
  readonly high: number
}

const normal95 = 1.96

export function gainOf(before: readonly boolean[], after: readonly boolean[]): Gain {
  if (before.length !== after.length || before.length < 2) throw new Error(`${before.length} and ${after.length} answers can't be paired`)
  const differences = after.map((isFollowed, i) => Number(isFollowed) - Number(before[i]))
  const gain = mean(differences)
  const variance = differences.reduce((sum, difference) => sum + (difference - gain) ** 2, 0) / (differences.length - 1)
  const half = normal95 * Math.sqrt(variance / differences.length)
  return { gain, low: gain - half, high: gain + half }
}
