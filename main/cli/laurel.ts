#!/usr/bin/env node
import { guardProcess } from '../common/work-scope.ts'
import { reportFailure, watchOutputs } from './exit.ts'
import { createProgram } from './program.ts'

watchOutputs()
guardProcess((thrown) => process.exit(reportFailure(thrown)))

try {
  const program = await createProgram(process.argv[2])
  await program.parseAsync()
} catch (thrown) {
  process.exitCode = reportFailure(thrown)
}
