/** Numbers in texts of main: the terminal, warnings, model cards. A missing value is a hyphen. */

export const percentText = (share: number | null | undefined, digits = 1): string =>
  share == null ? '-' : `${(100 * share).toFixed(digits)}%`

export const numberText = (value: number | null, digits: number): string => (value === null ? '-' : value.toFixed(digits))
