/** The arithmetic mean; NaN of an empty list. */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The arithmetic mean; null of an empty list. */
export const meanOrNull = (values: readonly number[]): number | null => (values.length === 0 ? null : mean(values))
