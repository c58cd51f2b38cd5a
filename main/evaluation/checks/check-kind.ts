import type { z } from 'zod'

/** A kind of requirement that a program can check. `Args` are the arguments of one such requirement, as in IFEval's `kwargs`. */
export interface CheckKind<Args = unknown> {
  readonly args: z.ZodType<Args>
  /** The requirement in a sentence, as a judge reads it: "The response contains the word lake." */
  readonly describe: (args: Args) => string
  /** Whether a response meets it. `prompt` is the instruction that was answered. Never called with a blank response, which meets nothing. */
  readonly isMet: (response: string, args: Args, prompt: string) => boolean
}
