import type { ShownEvaluation } from '../../../main/shared/contract/evaluations-contract.ts'
import type { Figures } from '../../../main/shared/evaluation-settings.ts'

/** Kinds of evaluations of a model on a file that are compared with one another. */
const abilityKinds = ['multiple-choice', 'perplexity', 'ifeval'] as const
export type AbilityKind = (typeof abilityKinds)[number]

/** A model's figures on a file. */
export interface AbilityResult {
  readonly id: number
  readonly model: string
  readonly figures: Figures
}

/** Models measured on one file in the same way. */
export interface AbilityGroup {
  readonly key: string
  readonly kind: AbilityKind
  /** The file's name. */
  readonly file: string
  readonly results: readonly AbilityResult[]
}

/**
 * Finished evaluations by kind, file, and everything else that changes their figures: only these compare. Of each model the newest. M0 comes
 * before M1, and so on.
 */
export function abilityGroups(evaluations: readonly ShownEvaluation[]): AbilityGroup[] {
  const measured = evaluations.flatMap(({ id, settings, result }) => {
    if (settings === null || result === null || !isAbility(settings)) return []
    const { model, random: _, ...how } = settings
    const rows = [result.n, result.prompts, result.texts, result.context, result.stride] // with another context or limit, another measurement
    return [
      {
        id,
        modelId: model.id,
        model: model.label,
        kind: settings.kind,
        path: settings.source.path,
        key: JSON.stringify([how, rows]),
        figures: result,
      },
    ]
  })
  return [...Map.groupBy(measured, ({ key }) => key)].map(([key, own]) => {
    const newest = [...Map.groupBy(own, ({ modelId }) => modelId).values()].map((same) => same.reduce((a, b) => (b.id > a.id ? b : a)))
    const { kind, path } = own[0]
    const inOrder = newest.sort((a, b) => a.model.localeCompare(b.model, 'en', { numeric: true }))
    const results = inOrder.map(({ id, model, figures }) => ({ id, model, figures }))
    return { key, kind, file: path.split(/[\\/]/).at(-1) ?? path, results }
  })
}

type Settings = NonNullable<ShownEvaluation['settings']>
const isAbility = (settings: Settings): settings is Extract<Settings, { kind: AbilityKind }> =>
  (abilityKinds as readonly string[]).includes(settings.kind)

/** A share that a group's table shows with its interval: its name, its key among the figures, and that of its number of rows. */
export const abilityShares: Readonly<
  Record<Exclude<AbilityKind, 'perplexity'>, readonly (readonly [name: string, key: string, n: string])[]>
> = {
  'multiple-choice': [
    ['Accuracy', 'acc', 'n'],
    ['By length in bytes', 'acc_norm', 'n'],
  ],
  ifeval: [
    ['Prompts, strict', 'prompt_strict', 'prompts'],
    ['Instructions, strict', 'instruction_strict', 'instructions'],
    ['Prompts, loose', 'prompt_loose', 'prompts'],
    ['Instructions, loose', 'instruction_loose', 'instructions'],
  ],
}
