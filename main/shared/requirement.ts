import { z } from 'zod'

/** A program's check of a response: the id of an instruction of IFEval (Zhou et al. 2023, arXiv 2311.07911) and its arguments. */
export const check = z.strictObject({ id: z.string().min(1), args: z.record(z.string(), z.unknown()).default({}) })
export type Check = z.output<typeof check>

/** Something a response must do. A prompt's requirements are its checklist. */
export const requirement = z.strictObject({
  /** As a judge reads it: "The response contains the word lake." */
  text: z.string().min(1),
  weight: z.number().positive().default(1),
  /** Null: only a judge can tell. */
  check: check.nullable().default(null),
})
export type Requirement = z.output<typeof requirement>
