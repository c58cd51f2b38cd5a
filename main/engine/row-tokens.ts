import { z } from 'zod'

/** A row to fine-tune on as a training sees it, token by token with its loss weight; `problem`: why it cannot be trained on at all. */
export const rowTokens = z.object({
  tokens: z.array(z.object({ id: z.int(), text: z.string(), weight: z.number() })),
  isCut: z.boolean(),
  problem: z.string().nullable(),
})
export type RowTokens = z.infer<typeof rowTokens>
