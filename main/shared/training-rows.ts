import { z } from 'zod'

/** What the engine reports about the rows of a training, without training on them. */

/** Row lengths: all tokens computed (for a pair, the prompt once and both responses), and the tokens the loss covers. */
export const rowLength = z.object({ tokens: z.int(), targets: z.int() })
export type RowLength = z.infer<typeof rowLength>

/** An SFT row as the training sees it: tokens with loss weights. `problem`: why it can't be trained on. */
export const rowTokens = z.object({
  tokens: z.array(z.object({ id: z.int(), text: z.string(), weight: z.number() })),
  isCut: z.boolean(),
  problem: z.string().nullable(),
})
export type RowTokens = z.infer<typeof rowTokens>
