import { z } from 'zod'

/** The generators of random numbers (`common/random.ts`). `murmur` is for what was started before recipe version 3, and resumes with it. */
export const randomGenerator = z.enum(['philox', 'murmur'])
export type RandomGeneratorName = z.infer<typeof randomGenerator>
