import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { leaseToken } from '../support/job-state.ts'
import { needing, posix } from '../support/needs.ts'
import { repositoryFile } from '../support/shared.ts'
import { createTextRuns } from '../support/text-run.ts'
import { openTinyStore, tinyHome } from '../support/tiny-run.ts'

let home: string
let remove: () => void
let runId: string
beforeEach(() => {
  ;({ home, remove } = tinyHome())
  ;[runId] = createTextRuns(home, [{ name: 'text', prompts: 40 }])
})
afterEach(() => remove())

const program = repositoryFile('main/cli/laurel.ts')

needing(posix).test('a run whose output pipe closes (`2>&1 | head -1`) pauses, and the log says why', async () => {
  const command = `"$0" "$1" run start ${runId} --backend cpu --threads 1 2>&1 | head -n 1`
  const child = spawn('sh', ['-c', command, process.execPath, program], {
    env: { ...process.env, LAUREL_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.resume()
  await once(child, 'close')
  const store = openTinyStore(home)
  expect(store.runs.find(runId)).toMatchObject({ status: 'paused', error: null })
  expect(leaseToken(store, runId)).toBeNull()
  store.close()
  expect(readFileSync(join(homePaths(home).logs, 'laurel.jsonl'), 'utf8')).toContain('the program reading the output (a pipe) has ended')
})
