/**
 * An exponential moving average without the pull of its start, as TensorBoard's: with weight w and values y,
 *
 *     last_i = w last_{i-1} + (1 - w) y_i,   smoothed_i = last_i / (1 - w^i)
 *
 * What is no number stays so and is left out of the average. Values that are all the same are given back as they are: dividing would only
 * put rounding into them.
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
