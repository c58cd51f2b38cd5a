import { meanOrNull } from '../../common/numbers.ts'
import type { Figures } from '../../shared/evaluation-settings.ts'
import { type Annotation, winRate } from '../win-rate.ts'

/** The 97.5% quantile of the standard normal distribution. */
const z95 = 1.959963984540054

/**
 * AlpacaEval's figures with its names; rates are shares. `low` and `high`: the mean preference with 1.96 standard errors on both sides, null
 * for a single row. `unreadable`: rows without a preference, which count nowhere else. `length_controlled_win_rate` is AlpacaEval's
 * `length_controlled_minimal`. That of its leaderboard also uses the difficulty of each instruction, which AlpacaEval downloads.
 */
export function alpacaEvalFigures(rows: readonly (Annotation | null)[]): Figures {
  const annotations = rows.filter((row) => row !== null)
  const counts = { n_total: annotations.length, unreadable: rows.length - annotations.length }
  const lengths = {
    avg_length: meanOrNull(annotations.map(({ modelLength }) => modelLength)),
    baseline_avg_length: meanOrNull(annotations.map(({ baselineLength }) => baselineLength)),
  }
  if (annotations.length === 0) return { win_rate: null, ...counts, ...lengths }
  const rates = winRate(annotations)
  const share = (percent: number | null): number | null => (percent === null ? null : percent / 100)
  const [mean, error] = [rates.winRate / 100, share(rates.standardError)]
  return {
    ...{ win_rate: mean, standard_error: error },
    ...{ low: error === null ? null : Math.max(0, mean - z95 * error), high: error === null ? null : Math.min(1, mean + z95 * error) },
    ...{ length_controlled_win_rate: share(rates.lengthControlledWinRate), discrete_win_rate: share(rates.discreteWinRate) },
    ...{ n_wins: rates.wins, n_wins_base: rates.n - rates.wins - rates.draws, n_draws: rates.draws },
    ...{ ...counts, ...lengths },
  }
}
