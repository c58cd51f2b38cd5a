/** The losses of preference training and what their settings allow. Formulas are in `engine/training/preference-losses.ts`. */

/** Losses of a preference pair, as TRL spells them. */
export const preferenceLossTypes = [
  'sigmoid',
  'hinge',
  'ipo',
  'robust',
  'sigmoid_norm',
  'apo_zero',
  'apo_down',
  'exo_pair',
  'nca_pair',
  'sppo_hard',
  'discopop',
] as const
export type PreferenceLossType = (typeof preferenceLossTypes)[number]

/** All terms that a loss can be summed from. `sft` is the chosen responses' mean negative log-likelihood, the term of `nll_weight`. */
export const lossTypes = [...preferenceLossTypes, 'sft'] as const
export type LossType = (typeof lossTypes)[number]

/** Losses with a setting `label_smoothing`. */
export const smoothedLosses: readonly LossType[] = ['sigmoid', 'robust', 'exo_pair']

/**
 * Losses for which a pair can have a consistency below 1. They depend on the order of the two responses alone, so the loss of the opposite
 * order is defined. `robust` and `exo_pair` have a model of wrong labels already; the others judge each response by itself. `sft` is
 * unaffected: it only concerns the chosen response.
 */
const reversibleLosses: readonly LossType[] = ['sigmoid', 'hinge', 'ipo', 'sigmoid_norm', 'sft']

export const defaultDiscopopTau = 0.05

/** The part of a training's config that selects its loss. */
interface LossSettings {
  readonly loss_type: LossType | readonly LossType[]
  readonly loss_weights: readonly number[] | null
  readonly label_smoothing: number
  readonly discopop_tau: number
}

interface LossTerm {
  readonly type: LossType
  readonly weight: number
}

/** A problem with a setting. */
interface LossProblem {
  readonly key: keyof LossSettings
  readonly message: string
  readonly remedy: string
}

/** The terms of a loss, which is the sum of `weight` times each of them. */
export function lossTerms({ loss_type, loss_weights }: Pick<LossSettings, 'loss_type' | 'loss_weights'>): LossTerm[] {
  return typesOf(loss_type).map((type, i) => ({ type, weight: loss_weights?.[i] ?? 1 }))
}

/** Settings that contradict each other, or that the selected losses don't have. */
export function lossProblems({ loss_type, loss_weights, label_smoothing, discopop_tau }: LossSettings): LossProblem[] {
  const types = typesOf(loss_type)
  const name = types.join(' + ')
  const problems: LossProblem[] = []
  if (loss_weights !== null && loss_weights.length !== types.length) {
    const message = `Must have one weight per loss: ${loss_weights.length} for ${name}.`
    problems.push({ key: 'loss_weights', message, remedy: `Set ${types.length}, or null for a weight of 1 each.` })
  }
  if (label_smoothing === 0 && types.includes('exo_pair')) {
    const message = 'Must be more than 0 with the loss exo_pair, which is infinite at 0.'
    problems.push({ key: 'label_smoothing', message, remedy: "Set its paper's value, 0.001." })
  }
  if (label_smoothing > 0 && !types.some((type) => smoothedLosses.includes(type))) {
    const message = `Must be 0 with the loss ${name}, which has no label smoothing.`
    problems.push({ key: 'label_smoothing', message, remedy: `Set it to 0, or use one of ${smoothedLosses.join(', ')}.` })
  }
  if (discopop_tau !== defaultDiscopopTau && !types.includes('discopop')) {
    const message = `Must be ${defaultDiscopopTau} with the loss ${name}, which has no tau.`
    problems.push({ key: 'discopop_tau', message, remedy: 'Remove it, or use the loss discopop.' })
  }
  return problems
}

/** The first of a training's losses for which a pair can't have a consistency below 1. */
export const irreversibleLoss = ({ loss_type }: Pick<LossSettings, 'loss_type'>): LossType | undefined =>
  typesOf(loss_type).find((type) => !reversibleLosses.includes(type))

const typesOf = (type: LossSettings['loss_type']): readonly LossType[] => (typeof type === 'string' ? [type] : type)
