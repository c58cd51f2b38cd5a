import { deriveSeed, type Place } from '../common/random.ts'
import type { RunContext } from './run-context.ts'

/**
 * The seed of a unit of work: a pure function of the recipe's seed and the unit's place in the run, so that the unit draws the same numbers
 * whenever it runs and however often the run stopped before.
 */
export const seedAt = ({ recipe }: RunContext, ...places: Place[]): number => deriveSeed(recipe.seed, ...places)
