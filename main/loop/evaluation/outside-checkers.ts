import { z } from 'zod'
import { type GradedPrompt, gradedPromptsOf } from '../../data/graded-prompts.ts'
import { importInThread } from '../../data/import-thread.ts'
import { promptKey } from '../../data/imported.ts'
import { checkFigures } from '../../evaluation/check-figures.ts'
import { badInput } from '../../shared/errors.ts'
import type { Recipe } from '../../shared/recipe.ts'
import { type Requirement, requirement } from '../../shared/requirement.ts'
import type { Store } from '../../store/store.ts'
import type { UnitPart } from '../../store/tables/evaluation-units-table.ts'
import type { CheckedAnswer, Checker } from '../run-context.ts'
import { samplingOf } from '../stage-work.ts'

/** A run whose recipe may hold out prompts that programs check. */
interface Measured {
  readonly store: Store
  readonly runId: string
  readonly recipe: Recipe
}

/** A held-out prompt, as stored. */
const heldOutCheck = z.object({ text: z.string(), requirements: z.array(requirement) })

/** The recipe's files of held-out prompts, the name that their evaluations start with, and what their answers are called. */
const sets = [
  { key: 'checks', measure: 'checks', answers: 'held-out answers' },
  { key: 'checks_held_out', measure: 'checks-held-out', answers: 'held-out family answers' },
] as const
type SetKey = (typeof sets)[number]['key']

/** Whether a recipe holds out prompts that programs check. */
export const hasOutsideMeasure = ({ evaluation }: Recipe): boolean => sets.some(({ key }) => evaluation[key] !== null)

const partOf = (key: SetKey): UnitPart => ['inputs', key]

/** The prompts of one of the recipe's files as the run stored them at its start; empty: it didn't yet. */
export const storedChecks = ({ store, runId }: Pick<Measured, 'store' | 'runId'>, key: SetKey): GradedPrompt[] =>
  store.evaluationUnits.of({ runId }, partOf(key)).map(({ value }) => heldOutCheck.parse(value))

/**
 * The prompts of one of the recipe's files: as the run stored them at its start, so that they don't change with the file, or read and stored
 * now. Throws BAD_INPUT for a requirement that no program can check as written.
 */
export async function heldOutChecks({ store, runId, recipe: { evaluation } }: Measured, key: SetKey): Promise<GradedPrompt[]> {
  const path = evaluation[key]
  if (path === null) return []
  const before = storedChecks({ store, runId }, key)
  if (before.length > 0) return before
  const imported = await importInThread(path)
  const [wrong] = imported.rejected
  if (wrong !== undefined) throw badInput(`${path}:${wrong.line}: ${wrong.reason}`, 'Fix or remove the line.')
  const found = gradedPromptsOf(imported).slice(0, evaluation.checks_count)
  if (found.length === 0) throw badInput(`${path} contains no prompts with requirements that a program can check.`, 'Choose another file.')
  store.transaction(() => {
    for (const [position, value] of found.entries()) store.evaluationUnits.add({ runId }, partOf(key), { position, sample: 0, value })
  })
  return found
}

/** The requirements of held-out prompts, by the prompt's text. */
export function requirementsByPrompt(checks: readonly GradedPrompt[]): (prompt: string) => readonly Requirement[] {
  const known = new Map(checks.map(({ text, requirements }) => [promptKey(text), requirements]))
  return (prompt) => known.get(promptKey(prompt)) ?? []
}

/** All prompts that the recipe holds out for programs. Nothing may be trained on them. */
export async function outsidePrompts(run: Measured): Promise<GradedPrompt[]> {
  return (await Promise.all(sets.map(({ key }) => heldOutChecks(run, key)))).flat()
}

/**
 * The evaluations that the recipe's held-out prompts make: answers sampled as in every evaluation, and greedy ones. They are checkers like
 * those of a caller, so a run that was made before them catches up on them.
 */
export async function outsideCheckers(run: Measured): Promise<Checker[]> {
  const { evaluation } = run.recipe
  const checkers: Checker[] = []
  for (const { key, measure, answers } of sets) {
    const checks = await heldOutChecks(run, key)
    if (checks.length === 0) continue
    const sampling = samplingOf(evaluation)
    const greedy = { ...sampling, greedy: true, temperature: 0, topP: 1, topK: 0 }
    const requirementsOf = requirementsByPrompt(checks)
    const measureAll = (answers: readonly CheckedAnswer[]) =>
      checkFigures(
        answers.map(({ prompt, text, finishReason }) => ({
          ...{ prompt, text, isCut: finishReason === 'length' },
          requirements: requirementsOf(prompt),
        })),
      )
    const prompts = checks.map(({ text }) => text)
    const repeated = Array.from({ length: evaluation.checks_samples }, () => prompts).flat()
    if (repeated.length > 0 && !sampling.greedy)
      checkers.push({ name: measure, label: `sampled ${answers}`, prompts: repeated, sampling, measure: measureAll })
    checkers.push({ name: `${measure}-greedy`, label: `greedy ${answers}`, prompts, sampling: greedy, measure: measureAll })
  }
  return checkers
}
