#!/usr/bin/env node
import { guardProcess } from '../common/work-scope.ts'
import { watchOutputs } from './closed-output.ts'
import { reportFailure } from './exit-code.ts'
import { createProgram } from './program.ts'

watchOutputs()
guardProcess((thrown) => process.exit(reportFailure(thrown)))

try {
  await createProgram().parseAsync()
} catch (thrown) {
  process.exitCode = reportFailure(thrown)
}
