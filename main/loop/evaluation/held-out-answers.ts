import { readyCheck } from '../../evaluation/checks/checks.ts'
import { pairedGain, sharesByPrompt } from '../../evaluation/paired-gain.ts'
import type { RunDetails } from '../../shared/contract/runs-contract.ts'
import { type OutsideMeasure, outsideMeasures } from '../../shared/outside-measures.ts'
import type { Requirement } from '../../shared/requirement.ts'
import type { Store } from '../../store/store.ts'
import { requirementsByPrompt, storedChecks } from './outside-checkers.ts'

interface StoredRun {
  readonly store: Store
  readonly runId: string
}

/** A model's answer to a held-out prompt, and whether it meets all its requirements. */
export interface HeldOutAnswer {
  readonly prompt: string
  readonly response: string
  readonly requirements: readonly Requirement[]
  readonly all_met: boolean
}

/** Models' answers to the held-out prompts of a measure, as they are stored. */
export function heldOutAnswers({ store, runId }: StoredRun, measure: OutsideMeasure): (model: string) => HeldOutAnswer[] {
  const prompts = storedChecks({ store, runId }, measure.startsWith('checks-held-out') ? 'checks_held_out' : 'checks')
  const requirementsOf = requirementsByPrompt(prompts)
  return (model) =>
    store.answers.of(runId, model, measure).map(({ instruction: prompt, text: response }) => {
      const requirements = requirementsOf(prompt)
      const all_met = requirements.length > 0 && requirements.every(({ check }) => readyCheck(check!).isMet(response, prompt))
      return { prompt, response, requirements, all_met }
    })
}

/** By measure, how many more of the held-out prompts the one model follows than the other, paired by prompt; what wasn't measured of both is left out. */
export function followedGains(run: StoredRun, from: string, to: string): RunDetails['gains'] {
  return Object.fromEntries(
    outsideMeasures.flatMap((measure) => {
      const answersOf = heldOutAnswers(run, measure)
      const followed = (model: string): number[] =>
        sharesByPrompt(answersOf(model).map(({ prompt, all_met }) => ({ prompt, isFollowed: all_met })))
      const gain = pairedGain(followed(from), followed(to))
      return gain === null ? [] : [[measure, gain]]
    }),
  )
}
