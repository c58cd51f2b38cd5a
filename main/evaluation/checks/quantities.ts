import { z } from 'zod'

export const quantity = z.int().min(0)

/** IFEval's relation of a number to the one that is wanted. */
export const relation = z.enum(['less than', 'at least'])
export type Relation = z.output<typeof relation>

export const holds = (count: number, relation: Relation, wanted: number): boolean =>
  relation === 'less than' ? count < wanted : count >= wanted

/** "fewer than 3 words", "at least 1 word". */
export const related = (relation: Relation, wanted: number, noun: string): string =>
  `${relation === 'less than' ? 'fewer than' : relation} ${amount(wanted, noun)}`

/** "1 word", "3 words". */
export const amount = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** A range of numbers; at least one end is given. */
export const bounds = z
  .strictObject({ min: quantity.optional(), max: quantity.optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'give min, max, or both')
  .refine(({ min = 0, max = Infinity }) => min <= max, "min can't be more than max")
export type Bounds = z.output<typeof bounds>

export const isWithin = (count: number, { min = 0, max = Infinity }: Bounds): boolean => count >= min && count <= max

/** "between 2 and 5 words", "exactly 3 words". */
export function within({ min, max }: Bounds, noun: string): string {
  if (max === undefined) return `at least ${amount(min ?? 0, noun)}`
  if (min === undefined) return `at most ${amount(max, noun)}`
  return min === max ? `exactly ${amount(min, noun)}` : `between ${min} and ${amount(max, noun)}`
}
