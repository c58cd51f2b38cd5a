import { z } from 'zod'

/** What each role of a mapping is, by the kind of rows that it makes; `?`: may be missing. */
export const mappedKinds = {
  instructions: ['prompt', 'response', 'system?'],
  preferences: ['prompt', 'chosen', 'rejected', 'system?'],
  ranked: ['prompt', 'answer', 'rank'],
  prompts: ['prompt'],
} as const
export type MappedKind = keyof typeof mappedKinds

const column = z.string().min(1)

/** How rows of an unknown shape become rows that Laurel knows: the column of each role. */
export const dataMapping = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('instructions'), columns: z.object({ prompt: column, response: column, system: column.optional() }) }),
    z.object({
      kind: z.literal('preferences'),
      columns: z.object({ prompt: column, chosen: column, rejected: column, system: column.optional() }),
    }),
    z.object({
      kind: z.literal('ranked'),
      columns: z.object({ prompt: column, answer: column, rank: column }),
      /** Which rank is the best: the lowest (a place) or the highest (a score). */
      best: z.enum(['lowest', 'highest']),
    }),
    z.object({ kind: z.literal('prompts'), columns: z.object({ prompt: column }) }),
  ])
  .refine(({ columns }) => new Set(Object.values(columns)).size === Object.values(columns).length, 'each role needs a column of its own')
export type DataMapping = z.infer<typeof dataMapping>

/** A column of a file: its name (`a.b`: field b of the object a), and the first value that isn't empty. */
export const fileColumn = z.object({ name: z.string(), example: z.string() })
export type FileColumn = z.infer<typeof fileColumn>
