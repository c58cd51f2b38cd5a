import type { RewardRange } from '../../../main/shared/reward-range.ts'
import { fixed } from '../../components/format.ts'

/** A reward set by the user: one decimal if that is all of it, otherwise two. */
export const rewardText = (reward: number): string => fixed(reward, Number(reward.toFixed(1)) === reward ? 1 : 2)

/** A margin: one decimal, or its first digit if it is smaller. */
export const marginText = (margin: number): string => (margin < 0.1 ? String(Number(margin.toPrecision(1))) : fixed(margin, 1))

/** "0 to 5"; "any number" if the judge has no range. */
export const rangeText = (range: RewardRange): string => (range === null ? 'any number' : `${range[0]} to ${range[1]}`)
