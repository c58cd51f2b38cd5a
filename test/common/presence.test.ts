import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { announce } from '../../main/common/presence.ts'
import { processStart } from '../../main/common/process-identity.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'laurel-presence-'))
  mkdirSync(join(home, 'open'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const write = (name: string, content: unknown): void => writeFileSync(join(home, 'open', name), JSON.stringify(content))

test('a process that has the data folder open sees exactly the other live ones', async () => {
  const other = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)'])
  await once(other.stdout, 'data')
  const what = 'laurel serve, port 1'
  write('a.json', { pid: other.pid, started: processStart(other.pid!), what })
  write('b.json', { pid: other.pid, started: 'before the last boot', what })
  write('c.json', 'nonsense')
  const { others, leave } = announce(home, 'me')
  expect(others).toEqual([expect.objectContaining({ pid: other.pid, what })])
  expect(readdirSync(join(home, 'open')).sort()).toEqual([`${process.pid}.json`, 'a.json'].sort())
  leave()
  other.kill('SIGKILL')
  await once(other, 'exit')
  expect(announce(home, 'me').others).toEqual([])
})
