import { z } from 'zod'

/** What an engine tells of rows that a training would take. */

/** A row to train on: all its tokens as they are computed (of a pair: the prompt once and both responses), and those that its loss looks at. */
export const rowLength = z.object({ tokens: z.int(), targets: z.int() })
export type RowLength = z.infer<typeof rowLength>

/** A row to fine-tune on as a training sees it, token by token with its loss weight; `problem`: why it cannot be trained on at all. */
export const rowTokens = z.object({
  tokens: z.array(z.object({ id: z.int(), text: z.string(), weight: z.number() })),
  isCut: z.boolean(),
  problem: z.string().nullable(),
})
export type RowTokens = z.infer<typeof rowTokens>
