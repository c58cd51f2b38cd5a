import { CommanderError } from 'commander'
import { toErrorValue } from '../shared/errors.ts'
import { explainStoreError } from '../store/database/store-error.ts'

/** Exit codes: usage error or bad input, any other failure, stopped by Ctrl-C. */
const exitCodes = { badInput: 2, failure: 1, stopped: 130 }

const badInputCodes = new Set(['BAD_INPUT', 'NOT_FOUND', 'UNSUPPORTED'])

/** Prints the error and its remedy to standard error in one line. Returns the exit code. */
export function reportFailure(thrown: unknown, write: (text: string) => void = (text) => void process.stderr.write(text)): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitCodes.badInput // commander has already printed it
  if (isClosedPipe(thrown)) return 0
  const { code, message, remedy } = toErrorValue(explainStoreError(thrown))
  if (code === 'STOPPED') {
    write(`stopped: ${remedy}\n`)
    return exitCodes.stopped
  }
  const isBadInput = badInputCodes.has(code)
  write(`error: ${sentence(isBadInput ? message.replaceAll(/\s*\n\s*/g, ' ') : message)} ${remedy}\n`) // the stack of an internal error keeps its lines
  return isBadInput ? exitCodes.badInput : exitCodes.failure
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** The reader of our output has closed the pipe (`laurel ... | head`), which isn't a failure. */
export const isClosedPipe = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException | null)?.code === 'EPIPE'
