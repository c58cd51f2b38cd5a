import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { repositoryFile } from '../support/shared.ts'

/** Reports every module that is loaded. */
const hook = `
  import { registerHooks } from 'node:module'
  registerHooks({
    load(url, context, next) {
      process.stderr.write(url + '\\n')
      return next(url, context)
    },
  })`

test('a command starts without loading what only some of them need', async () => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, repositoryFile('main/cli/laurel.ts'), '--version'],
    { maxBuffer: 2 ** 24 },
  )
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(stderr).toContain('/node_modules/commander/')
  for (const name of ['openai', '@tensorflow/tfjs-core', '@huggingface/hub']) expect(stderr).not.toContain(`/node_modules/${name}/`)
})
