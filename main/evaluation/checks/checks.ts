import { badInput } from '../../shared/errors.ts'
import { oneLine } from '../../shared/one-line.ts'
import type { Check } from '../../shared/requirement.ts'
import type { CheckKind } from './check-kind.ts'
import { keywordsExist } from './keywords.ts'

/** A check whose id and arguments are valid. */
export interface ReadyCheck {
  /** The requirement in a sentence, as a judge reads it. */
  readonly text: string
  /** Strict, as in IFEval: a blank response meets nothing. */
  readonly isMet: (response: string, prompt: string) => boolean
}

/** Every kind by its id: those of IFEval (Zhou et al. 2023), and our own, whose ids start with `laurel:`. */
const kinds: ReadonlyMap<string, (args: unknown, id: string) => ReadyCheck> = new Map([['keywords:existence', ready(keywordsExist)]])

export const checkIds: readonly string[] = [...kinds.keys()]

/** Throws BAD_INPUT, which names the check and the argument. */
export function readyCheck({ id, args }: Check): ReadyCheck {
  const kind = kinds.get(id)
  if (kind === undefined) throw badInput(`There is no check "${oneLine(id)}".`, `Choose one of ${checkIds.join(', ')}.`)
  return kind(args, id)
}

function ready<Args>(kind: CheckKind<Args>): (args: unknown, id: string) => ReadyCheck {
  return (args, id) => {
    const { data, error } = kind.args.safeParse(args)
    if (error !== undefined) {
      const [{ path, message }] = error.issues
      throw badInput(`The arguments of the check ${id} aren't valid: ${[...path, message].join(': ')}.`, 'Change the arguments.')
    }
    return { text: kind.describe(data), isMet: (response, prompt) => response.trim() !== '' && kind.isMet(response, data, prompt) }
  }
}
