import { z } from 'zod'

/** The lowest and the highest reward that a judge can give; null: any number. */
export const rewardRange = z.tuple([z.number(), z.number()]).readonly().nullable()
export type RewardRange = z.infer<typeof rewardRange>

/** Whether a reward set by a user is one that the judge could have given. */
export const isInRange = (reward: number, range: RewardRange): boolean =>
  Number.isFinite(reward) && (range === null || (reward >= range[0] && reward <= range[1]))
