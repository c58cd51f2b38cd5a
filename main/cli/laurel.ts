#!/usr/bin/env node
import { isClosedPipe, reportFailure } from './exit-code.ts'
import { createProgram } from './program.ts'

process.stdout.on('error', (error) => {
  if (isClosedPipe(error)) process.exit(0)
  throw error
})

try {
  await createProgram().parseAsync()
} catch (thrown) {
  process.exitCode = reportFailure(thrown)
}
