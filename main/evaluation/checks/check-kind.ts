import type { z } from 'zod'
import { badInput } from '../../shared/errors.ts'

/** A kind of requirement that a program can check. `Args` are the arguments of one such requirement, as in IFEval's `kwargs`. */
interface CheckKind<Args> {
  readonly args: z.ZodType<Args>
  /** The requirement in a sentence, as a judge reads it: "The response contains the word lake." */
  readonly describe: (args: Args) => string
  /** Whether a response meets it. `prompt` is the instruction that was answered. Never called with a blank response, which meets nothing. */
  readonly isMet: (response: string, args: Args, prompt: string) => boolean
}

/** A check whose id and arguments are valid. */
export interface ReadyCheck {
  /** The requirement in a sentence, as a judge reads it. */
  readonly text: string
  /** Strict, as in IFEval: a blank response meets nothing. */
  readonly isMet: (response: string, prompt: string) => boolean
}

/** Kinds by their ids. Each makes a check of the arguments, and throws BAD_INPUT, which names the check and the argument. */
export type CheckKinds = Readonly<Record<string, (args: Readonly<Record<string, unknown>>, id: string) => ReadyCheck>>

/** An argument that is null counts as missing: IFEval's rows list every argument of every kind. */
export function checkKind<Args>(kind: CheckKind<Args>): CheckKinds[string] {
  return (args, id) => {
    const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null))
    const { data, error } = kind.args.safeParse(given)
    if (error !== undefined) {
      const [{ path, message }] = error.issues
      throw badInput(`The arguments of the check ${id} aren't valid: ${[...path, message].join(': ')}.`, 'Change the arguments.')
    }
    return { text: kind.describe(data), isMet: (response, prompt) => response.trim() !== '' && kind.isMet(response, data, prompt) }
  }
}
