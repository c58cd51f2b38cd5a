import { LaurelError } from '../../main/shared/errors.ts'

/** Does a program's work. What the user can remedy is reported without a stack, and the exit code says that it failed. */
export async function runProgram(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof LaurelError)) throw error
    process.stderr.write(`error: ${error.message}\n${error.remedy}\n`)
    process.exitCode = 1
  }
}
