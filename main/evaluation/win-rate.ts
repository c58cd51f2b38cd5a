import { mean } from '../common/mean.ts'
import { logisticRegression } from './logistic-regression.ts'

/** One annotated comparison, as AlpacaEval writes it: a judge's preference and the two outputs' lengths in characters. */
export interface Annotation {
  /** In [1, 2]: 1 for the baseline's output, 2 for the model's, 1.5 (or 0 in an old format) for a draw. */
  readonly preference: number
  readonly baselineLength: number
  readonly modelLength: number
}

/** AlpacaEval's figures for one model. Rates are percentages. */
export interface WinRate {
  readonly n: number
  /** Mean preference for the model. */
  readonly winRate: number
  /** Standard error of that mean, from the sample standard deviation; null for a single annotation. */
  readonly standardError: number | null
  readonly wins: number
  readonly draws: number
  /** The win rate with preferences rounded to win, draw (one half), and loss. */
  readonly discreteWinRate: number
  /** The two parameters of the length model, and the win rate at equal lengths; null if no finite fit exists. */
  readonly lengthCoefficient: number | null
  readonly bias: number | null
  readonly lengthControlledWinRate: number | null
}

/**
 * AlpacaEval's win rates, and the simplest form of its length control (Dubois et al. 2024): an unregularized logistic regression of the
 * soft preference on tanh((baseline length - model length) / standard deviation) and a constant. At equal lengths the first term vanishes,
 * so the length-controlled win rate is sigmoid(constant). `annotations` must not be empty.
 */
export function winRate(annotations: readonly Annotation[]): WinRate {
  const n = annotations.length
  const preferences = annotations.map(({ preference }) => (preference === 0 ? 0.5 : preference - 1))
  const wins = preferences.filter((p) => p > 0.5).length
  const draws = preferences.filter((p) => p === 0.5).length
  const fit = fitLength(annotations, preferences)
  return {
    n,
    winRate: 100 * mean(preferences),
    standardError: n === 1 ? null : 100 * Math.sqrt(variance(preferences) / n),
    wins,
    draws,
    discreteWinRate: (100 * (wins + draws / 2)) / n,
    lengthCoefficient: fit?.[0] ?? null,
    bias: fit?.[1] ?? null,
    lengthControlledWinRate: fit === null ? null : 100 / (1 + Math.exp(-fit[1])),
  }
}

/** [length coefficient, bias], or null if the data don't determine them. */
function fitLength(annotations: readonly Annotation[], preferences: readonly number[]): number[] | null {
  const differences = annotations.map(({ baselineLength, modelLength }) => baselineLength - modelLength)
  const deviation = Math.sqrt(variance(differences))
  if (!(deviation > 0)) return null
  return logisticRegression(
    differences.map((difference) => [Math.tanh(difference / deviation), 1]),
    preferences,
  )
}

/** The sample variance (dividing by n - 1); NaN for a single value. */
function variance(values: readonly number[]): number {
  const center = mean(values)
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1)
}
