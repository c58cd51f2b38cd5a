import { CommanderError } from 'commander'
import { toErrorValue } from '../common/errors.ts'
import { explainStoreError } from '../store/store-error.ts'

/** Codes of the shell's world: a usage error or bad input, any other failure, ended by Ctrl-C. */
const exitCodes = { badInput: 2, failure: 1, stopped: 130 }

const badInputCodes = new Set(['BAD_INPUT', 'NOT_FOUND', 'UNSUPPORTED'])

/** Say on standard error, in one line, what went wrong and what to do about it. Returns the exit code. */
export function reportFailure(thrown: unknown, write: (text: string) => void = (text) => void process.stderr.write(text)): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitCodes.badInput // commander has said it
  if (isClosedPipe(thrown)) return 0
  const { code, message, remedy } = toErrorValue(explainStoreError(thrown))
  if (code === 'STOPPED') {
    write(`stopped: ${remedy}\n`)
    return exitCodes.stopped
  }
  const isBadInput = badInputCodes.has(code)
  write(`error: ${sentence(isBadInput ? message.replaceAll(/\s*\n\s*/g, ' ') : message)} ${remedy}\n`) // a defect keeps its stack's lines
  return isBadInput ? exitCodes.badInput : exitCodes.failure
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** The reader of our output has left (`laurel ... | head`). That is no failure of ours. */
export const isClosedPipe = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException | null)?.code === 'EPIPE'
