import { deriveSeed, type Place } from '../common/random.ts'
import type { RunContext } from './context.ts'

/**
 * The seed of one unit of work: a pure function of the recipe's seed and the unit's place in the run, so that a unit draws the same whenever
 * and after whatever stops it is done.
 */
export const seedAt = ({ recipe }: RunContext, ...places: Place[]): number => deriveSeed(recipe.seed, ...places)
