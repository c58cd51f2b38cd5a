import { type Command, InvalidArgumentError } from 'commander'
import { pastedPath } from '../common/pasted-path.ts'

/** Parsers of option values for commander: a wrong value is a usage error that says what is right. */

export const integer =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = numberOf(text)
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`Give ${rangeText('a whole number', least, most)}.`)
    return value
  }

export const decimal =
  (least: number, most = Number.POSITIVE_INFINITY) =>
  (text: string): number => {
    const value = numberOf(text)
    if (Number.isNaN(value) || value < least || value > most) throw new InvalidArgumentError(`Give ${rangeText('a number', least, most)}.`)
    return value
  }

/** A share of a whole: above 0, at most 1. */
export function share(text: string): number {
  const value = numberOf(text)
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('Give a number above 0 and at most 1.')
  return value
}

/** For options that may be given several times. */
export const collected = (text: string, before: readonly string[] = []): string[] => [...before, text]

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

function rangeText(kind: string, least: number, most: number): string {
  if (most === Number.POSITIVE_INFINITY || most === Number.MAX_SAFE_INTEGER) return `${kind} of at least ${least}`
  return `${kind} from ${least} to ${most}`
}

/** What options and arguments are called whose value is a path. */
const pathNames = /^(?:path|file|folder)$/

/** Every path on the command line may be given as it was pasted: in quotes, as a `file://` address, with `~`. */
export function takePastedPaths(command: Command): void {
  for (const option of command.options) {
    const [, named = ''] = /[<[](\S+?)(?:\.\.\.)?[>\]]$/.exec(option.flags) ?? []
    if (pathNames.test(named)) option.argParser(pathValue)
  }
  for (const argument of command.registeredArguments) if (pathNames.test(argument.name())) argument.argParser(pathValue)
  for (const inner of command.commands) takePastedPaths(inner)
}

function pathValue(text: string): string {
  const path = pastedPath(text)
  if (path === '' || path.includes('\0')) throw new InvalidArgumentError('Give a path.')
  return path
}
