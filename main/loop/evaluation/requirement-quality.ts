import { requirementFigures } from '../../evaluation/requirement-figures.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import { partsOf } from '../../shared/judged-parts.ts'
import type { JudgeRecipe } from '../../shared/recipe.ts'
import { asChecklistJudge } from '../judges/checklist-judge.ts'
import { judgeAnswers } from '../judges/judges.ts'
import { costFigures } from '../judges/judging-cost.ts'
import { type GradedResponse, meets } from '../stages/graded-verdicts.ts'
import { judgementsOfRequirements } from './answers.ts'
import type { EvaluationWork, NamedModel } from './units.ts'

/**
 * Measures a model as a judge of requirements: it judges responses that programs have graded, as the judge `checklist` does, and its
 * probabilities of yes are compared with the programs' verdicts. All models judge the same responses.
 */
export async function measureRequirementJudge(
  work: EvaluationWork,
  { judge, model, unseen }: { readonly judge: JudgeRecipe; readonly model: NamedModel; readonly unseen: readonly string[] },
  responses: readonly GradedResponse[],
): Promise<Figures> {
  const store = judgementsOfRequirements(work.owner, model.name)
  const rows = responses.map(({ candidate, requirements }, position) => ({
    ...{ position, requirements, instruction: candidate.instruction, response: candidate.text },
  }))
  const cost = await judgeAnswers({ stage: work, judge: asChecklistJudge(judge), model: model.path, units: store.units(rows, 1) })
  const stored = new Map(store.stored().map(({ position, detail }) => [position, partsOf(detail) ?? []]))
  const judged = responses.map(({ candidate, requirements }, position) => {
    const parts = new Map(stored.get(position)?.map(({ text, yes }) => [text, yes]))
    const verdicts = requirements.map((requirement) => ({
      ...{ check: requirement.check!.id, isMet: meets(candidate, requirement), yes: parts.get(requirement.text) ?? null },
    }))
    return { prompt: candidate.promptId, verdicts }
  })
  const prompts = [...Map.groupBy(judged, ({ prompt }) => prompt).values()]
  return {
    ...requirementFigures(
      prompts.map((group) => group.map(({ verdicts }) => verdicts)),
      unseen,
    ),
    ...(cost.answers > 0 && costFigures(cost)), // otherwise all was judged before
  }
}
