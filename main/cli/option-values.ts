import { type Command, InvalidArgumentError } from 'commander'
import { pastedPath } from '../common/pasted-path.ts'

/** Commander parsers of option values. An invalid value is a usage error that states the rule. */

export const integer =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = numberOf(text)
    if (!Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be ${rangeText('a whole number', least, most)}.`)
    return value
  }

export const decimal =
  (least: number, most = Number.POSITIVE_INFINITY) =>
  (text: string): number => {
    const value = numberOf(text)
    if (Number.isNaN(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be ${rangeText('a number', least, most)}.`)
    return value
  }

/** A proportion: above 0, at most 1. */
export function share(text: string): number {
  const value = numberOf(text)
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('It must be a number above 0 and at most 1.')
  return value
}

/** For options that may be repeated. */
export const collected = (text: string, before: readonly string[] = []): string[] => [...before, text]

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text))

function rangeText(kind: string, least: number, most: number): string {
  if (most === Number.POSITIVE_INFINITY || most === Number.MAX_SAFE_INTEGER) return `${kind} of at least ${least}`
  return `${kind} from ${least} to ${most}`
}

/** Names of options and arguments whose value is a path. */
const pathNames = /^(?:path|file|folder)$/

/** Lets every path on the command line be pasted as is: in quotes, as a `file://` URL, with `~`. */
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
  if (path === '' || path.includes('\0')) throw new InvalidArgumentError('It must be a path.')
  return path
}
