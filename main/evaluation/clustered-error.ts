import { mean } from '../common/numbers.ts'

/**
 * Standard error of the mean of all values, where the values of one cluster (a prompt's answers) may depend on each other:
 *
 *     sqrt(G / (G - 1) * sum over clusters (sum over the cluster (x - mean))^2) / n
 *
 * with G clusters and n values (Liang & Zeger 1986, for a mean; Miller 2024, "Adding Error Bars to Evals"). Null: fewer than two clusters.
 */
export function clusteredError(clusters: readonly (readonly number[])[]): number | null {
  const filled = clusters.filter(({ length }) => length > 0)
  if (filled.length < 2) return null
  const values = filled.flat()
  const center = mean(values)
  const residuals = filled.map((cluster) => cluster.reduce((sum, value) => sum + value - center, 0))
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0)
  return Math.sqrt((filled.length / (filled.length - 1)) * squares) / values.length
}
