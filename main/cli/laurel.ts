#!/usr/bin/env node
import { guardProcess } from '../common/work-scope.ts'
import { reportFailure, watchOutputs } from './exit.ts'
import { createProgram } from './program.ts'

watchOutputs()
guardProcess((thrown) => process.exit(reportFailure(thrown)))

try {
  await createProgram().parseAsync()
} catch (thrown) {
  process.exitCode = reportFailure(thrown)
}
