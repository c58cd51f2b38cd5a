import { z } from 'zod'

const figure = z.number().nullable()

/** What a run took of the machine at a moment. Rates are since the sample before; null: not known. */
export const loadSample = z.object({
  at: z.string(), // ISO 8601, UTC
  bytes: figure, // of the engine's memory
  processors: figure, // processor seconds per second
  read_per_second: figure, // tokens read: prompts, judged texts, trained rows
  written_per_second: figure, // tokens generated
  gpus: z.array(z.object({ name: z.string(), share: z.number(), bytes: z.number(), of_bytes: z.number() })),
})
export type LoadSample = z.infer<typeof loadSample>

export const runLoad = z.object({
  samples: z.array(loadSample), // of the last minutes, oldest first
  peak_bytes: z.number(),
  memory_bytes: z.number(), // of the machine
  processors: z.int(),
})
export type RunLoad = z.infer<typeof runLoad>
