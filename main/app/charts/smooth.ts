/**
 * Exponential moving average with bias correction, as in TensorBoard. With weight w and values y:
 *
 *     last_i = w last_{i-1} + (1 - w) y_i,   smoothed_i = last_i / (1 - w^i)
 *
 * NaN stays NaN and doesn't enter the average. Constant values are returned unchanged: the division would only add rounding.
 */
export function smoothed(values: readonly number[], weight: number): number[] {
  if (weight === 0 || values.every((value) => value === values[0])) return [...values]
  let last = 0
  let debias = 0
  return values.map((value) => {
    if (!Number.isFinite(value)) return value
    last = last * weight + (1 - weight) * value
    debias = debias * weight + (1 - weight)
    return last / debias
  })
}
