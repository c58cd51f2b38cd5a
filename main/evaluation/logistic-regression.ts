/**
 * Unregularized logistic regression on soft labels: the weights w that maximize
 *
 *     sum_i y_i log sigmoid(w . x_i) + (1 - y_i) log(1 - sigmoid(w . x_i)),   y_i in [0, 1]
 *
 * by Newton's method (iteratively reweighted least squares), each step halved until the likelihood doesn't fall. For few features; pass a
 * constant as a feature. Null if there is no finite or no unique maximum: the labels are perfectly separable, or features are linearly
 * dependent.
 */
export function logisticRegression(features: readonly (readonly number[])[], labels: readonly number[]): number[] | null {
  let weights = features[0].map(() => 0)
  let likelihood = logLikelihood(features, labels, weights)
  for (let iteration = 0; iteration < 100; iteration++) {
    const step = newtonStep(features, labels, weights)
    if (step === null) return null
    const improved = lineSearch(features, labels, weights, step, likelihood)
    const moved = Math.max(...improved.weights.map((weight, k) => Math.abs(weight - weights[k])))
    weights = improved.weights
    likelihood = improved.likelihood
    if (moved < 1e-12 * (1 + Math.max(...weights.map(Math.abs)))) return weights
  }
  return null
}

function logLikelihood(features: readonly (readonly number[])[], labels: readonly number[], weights: readonly number[]): number {
  // y log s(t) + (1 - y) log s(-t) = y t - log(1 + e^t), computed without overflow
  return features.reduce((sum, x, i) => {
    const t = dot(weights, x)
    return sum + labels[i] * t - (Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t))))
  }, 0)
}

/** The solution d of H d = g, for gradient g and negative Hessian H = sum_i s_i (1 - s_i) x_i x_i'. */
function newtonStep(features: readonly (readonly number[])[], labels: readonly number[], weights: readonly number[]): number[] | null {
  const size = weights.length
  const gradient = new Array<number>(size).fill(0)
  const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  features.forEach((x, i) => {
    const s = 1 / (1 + Math.exp(-dot(weights, x)))
    for (let k = 0; k < size; k++) {
      gradient[k] += (labels[i] - s) * x[k]
      for (let l = 0; l < size; l++) hessian[k][l] += s * (1 - s) * x[k] * x[l]
    }
  })
  return solve(hessian, gradient, features.length)
}

function lineSearch(
  features: readonly (readonly number[])[],
  labels: readonly number[],
  weights: readonly number[],
  step: readonly number[],
  likelihood: number,
): { weights: number[]; likelihood: number } {
  for (let size = 1; size > 1e-10; size /= 2) {
    const moved = weights.map((weight, k) => weight + size * step[k])
    const reached = logLikelihood(features, labels, moved)
    // Near the maximum the likelihood is flat up to rounding: accept a step that loses no more than that.
    if (reached >= likelihood - 1e-13 * Math.abs(likelihood)) return { weights: moved, likelihood: reached }
  }
  return { weights: [...weights], likelihood }
}

/** Gaussian elimination with partial pivoting; null if the matrix, a sum over `rows` observations, is singular up to rounding. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[], rows: number): number[] | null {
  const a = matrix.map((row, i) => [...row, right[i]])
  const size = right.length
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let row = column + 1; row < size; row++) if (Math.abs(a[row][column]) > Math.abs(a[pivot][column])) pivot = row
    if (!(Math.abs(a[pivot][column]) > 1e-13 * rows)) return null
    ;[a[column], a[pivot]] = [a[pivot], a[column]]
    for (let row = 0; row < size; row++) {
      if (row === column) continue
      const factor = a[row][column] / a[column][column]
      for (let k = column; k <= size; k++) a[row][k] -= factor * a[column][k]
    }
  }
  return a.map((row, i) => row[size] / row[i])
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0)
