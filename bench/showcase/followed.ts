import { mean } from '../../main/common/numbers.ts'
import { promptKey } from '../../main/data/imported.ts'
import { readyCheck } from '../../main/evaluation/checks/checks.ts'
import { heldOutChecks } from '../../main/loop/evaluation/outside-checkers.ts'
import type { OutsideMeasure } from '../../main/shared/outside-measures.ts'
import type { Recipe } from '../../main/shared/recipe.ts'
import type { Requirement } from '../../main/shared/requirement.ts'
import type { Store } from '../../main/store/store.ts'

interface FinishedRun {
  readonly store: Store
  readonly runId: string
  readonly recipe: Recipe
}

/** A model's answer to a held-out prompt, and whether it meets all its requirements. */
export interface HeldOutAnswer {
  readonly prompt: string
  readonly response: string
  readonly requirements: readonly Requirement[]
  readonly all_met: boolean
}

/** A model's answers to the held-out prompts of a measure, as they are stored. */
export async function heldOutAnswers(run: FinishedRun, model: string, measure: OutsideMeasure): Promise<HeldOutAnswer[]> {
  const { store, runId } = run
  const prompts = await heldOutChecks(run, measure.startsWith('checks-held-out') ? 'checks_held_out' : 'checks')
  const requirementsOf = new Map(prompts.map((prompt) => [promptKey(prompt.text), prompt.requirements]))
  return store.answers.of(runId, model, measure).map(({ instruction: prompt, text: response }) => {
    const requirements = requirementsOf.get(promptKey(prompt)) ?? []
    const all_met = requirements.length > 0 && requirements.every(({ check }) => readyCheck(check!).isMet(response, prompt))
    return { prompt, response, requirements, all_met }
  })
}

/** For each held-out prompt of a run, the share of a model's answers that meet all its requirements, in the prompts' order. */
export const followedPrompts = async (run: FinishedRun, model: string, measure: OutsideMeasure): Promise<number[]> =>
  sharesByPrompt((await heldOutAnswers(run, model, measure)).map(({ prompt, all_met }) => ({ prompt, isFollowed: all_met })))

/** Answers to one prompt aren't independent, so they count as one observation: the share that follow it. */
export const sharesByPrompt = (answers: readonly { readonly prompt: string; readonly isFollowed: boolean }[]): number[] =>
  [...Map.groupBy(answers, ({ prompt }) => prompt).values()].map((own) => mean(own.map(({ isFollowed }) => Number(isFollowed))))

/** The mean difference of two shares of the same prompts, with its 95 % interval from the paired differences. */
export interface Gain {
  readonly gain: number
  readonly low: number
  readonly high: number
}

const normal95 = 1.96

export function gainOf(before: readonly number[], after: readonly number[]): Gain {
  if (before.length !== after.length || before.length < 2) throw new Error(`${before.length} and ${after.length} prompts can't be paired`)
  const differences = after.map((share, i) => share - before[i])
  const gain = mean(differences)
  const variance = differences.reduce((sum, difference) => sum + (difference - gain) ** 2, 0) / (differences.length - 1)
  const half = normal95 * Math.sqrt(variance / differences.length)
  return { gain, low: gain - half, high: gain + half }
}
