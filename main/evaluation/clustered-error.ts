/**
 * Standard error of the mean of all values, where the values of one cluster (a prompt's answers) may depend on each other:
 *
 *     sqrt(G / (G - 1) * sum over clusters (sum over the cluster (x - mean))^2) / n
 *
 * with G clusters and n values (Liang & Zeger 1986, for a mean; Miller 2024, "Adding Error Bars to Evals"). Null: fewer than two clusters.
 */
export function clusteredError(clusters: Iterable<ArrayLike<number> & Iterable<number>>): number | null {
  let [filled, count, total] = [0, 0, 0]
  for (const cluster of clusters) {
    if (cluster.length > 0) filled++
    for (const value of cluster) total += value
    count += cluster.length
  }
  if (filled < 2) return null
  const center = total / count
  let squares = 0
  for (const cluster of clusters) {
    let residual = 0
    for (const value of cluster) residual = residual + value - center
    squares += residual ** 2
  }
  return Math.sqrt((filled / (filled - 1)) * squares) / count
}
